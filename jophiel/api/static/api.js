// The HTTP API: requests, problems (RFC 9457), the token, and the stream of a feed's changes.

const TOKEN = "jophiel.token";

export const token = () => sessionStorage.getItem(TOKEN) || "";
export const setToken = text => (text ? sessionStorage.setItem(TOKEN, text) : sessionStorage.removeItem(TOKEN));

// Whose token it is, to begin with that user's feed. The server checks it, nobody else has to.
export const tokenSubject = () => {
  try {
    const part = token().split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), letter => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)).sub ?? null;
  } catch {
    return null;
  }
};

export class Problem extends Error {
  constructor(document_) {
    super(document_.detail || document_.title);
    Object.assign(this, { title: "", status: 0, detail: "", hint: "", instance: "" }, document_);
  }
  get request() { return this.instance.replace("urn:jophiel:request:", ""); }
}

const headers = more => (token() ? { authorization: `Bearer ${token()}`, ...more } : { ...more });

const unreachable = () => new Problem({
  title: "The server cannot be reached", detail: "Nothing was sent back.", hint: "Is it running? Start it with: jophiel serve",
});

const problemOf = async answer => {
  const text = await answer.text();
  try {
    return new Problem(JSON.parse(text));
  } catch {
    return new Problem({ title: `The server answered ${answer.status}`, status: answer.status, detail: text.slice(0, 200) });
  }
};

// An application's key may be an integer beyond those that are exact here: it stays the text that it came as.
const exactly = (_name, value, context) =>
  (typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source) ? context.source : value);

// path`v1/users/${key}`: what is put in is one part of the address, whatever is in it.
export const path = (parts, ...values) =>
  parts.reduce((whole, part, place) => whole + encodeURIComponent(values[place - 1]) + part);

export const send = async (method, address, body) => {
  let answer;
  try {
    answer = await fetch(address, {
      method,
      headers: headers(body === undefined ? {} : { "content-type": "application/json" }),
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-cache",
    });
  } catch {
    throw unreachable();
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : JSON.parse(await answer.text(), exactly);
};
export const get = address => send("GET", address);

// Not crypto.randomUUID: browsers have that on localhost and over TLS only.
export const uuid = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

export const event = async (name, payload) => {
  const { results: [{ outcome, reason }] } = await send("POST", "v1/events", {
    event_name: name, event_id: uuid(), event_timestamp: new Date().toISOString(), source: "jophiel page", payload,
  });
  if (outcome === "rejected") throw new Problem({ title: `The event ${name} was rejected`, detail: reason });
};

const SLOWEST = 30000;

// Server-sent events by fetch, as EventSource sends no token. Stops when it is told to, comes again after everything else.
export const follow = (user, heard, state) => {
  let stop = new AbortController(), known = "", wait = 1000, timer;
  const connect = async () => {
    // Its own: an aborted one ends after the next has begun.
    const mine = stop = new AbortController();
    state("connecting");
    try {
      const answer = await fetch(path`v1/users/${user}/live`, {
        headers: headers({ accept: "text/event-stream", ...(known && { "last-event-id": known }) }),
        signal: mine.signal, cache: "no-store",
      });
      if (!answer.ok) throw await problemOf(answer);
      state("live");
      wait = 1000;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = "", part; !(part = await reader.read()).done;) {
        const events = (rest + part.value).split("\n\n");
        rest = events.pop();
        for (const text of events) {
          const fields = Object.fromEntries(text.split("\n").map(line => line.split(/: ?(.*)/s)));
          if (fields.id) known = fields.id;
          if (fields.event === "feed") heard(JSON.parse(fields.data));
        }
      }
    } catch (error) {
      // The token does not allow it.
      if (!mine.signal.aborted && [401, 403].includes(error.status)) { state("off"); return; }
      // There is no such user, yet.
      if (error.status === 404) wait = SLOWEST;
    }
    if (mine.signal.aborted) return;
    state("waiting");
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, SLOWEST);
  };
  // A page that nobody looks at leaves its place to others, and catches up when it is looked at again.
  const look = () => {
    clearTimeout(timer);
    stop.abort();
    if (document.hidden) state("off");
    else connect();
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    clearTimeout(timer);
    stop.abort();
  };
};
