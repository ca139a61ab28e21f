// What the views of a user share: each is read once at a time, and what comes after it was left is nobody's.

export class View {
  isClosed = false;
  isAsked = false;
  running = null;

  // Reads everything anew. Who asks while it is being read is answered by one more reading: an answer that was on its way
  // before something was done never stands in the place of a later one.
  refresh() {
    this.isAsked = true;
    if (!this.running) {
      const running = this.running = this.readAll().finally(() => { if (this.running === running) this.running = null; });
    }
    return this.running;
  }

  async readAll() {
    try {
      while (this.isAsked && !this.isClosed) {
        this.isAsked = false;
        await this.read();
      }
    } catch (error) {
      if (!this.isClosed) throw error;
    }
  }

  close() {
    this.isClosed = true;
    this.leave?.();
  }
}
