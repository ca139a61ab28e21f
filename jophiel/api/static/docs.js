const make = (tag, text, ...children) => {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  node.append(...children.filter(Boolean));
  return node;
};
const named = schema => (schema && schema.$ref ? schema.$ref.split("/").pop() : "");
// A schema with its references put in, two levels deep: enough to write a request by.
const open = (schema, all, depth = 2) => {
  if (!schema || typeof schema !== "object") return schema;
  if (schema.$ref) return depth ? open(all[named(schema)], all, depth - 1) : "<" + named(schema) + ">";
  if (Array.isArray(schema)) return schema.map(part => open(part, all, depth));
  return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, open(part, all, depth)]));
};
const table = (head, rows) => {
  const body = make("tbody", "", ...rows.map(row => make("tr", "", ...row.map(cell => make("td", cell)))));
  return make("table", "", make("thead", "", make("tr", "", ...head.map(cell => make("th", cell)))), body);
};
const body = (content, all, title) => {
  const [type, value] = Object.entries(content || {})[0] || [];
  if (!type || !value.schema) return null;
  return make("div", "", make("h4", `${title} (${type}) ${named(value.schema)}`),
              make("pre", JSON.stringify(open(value.schema, all), null, 1)));
};
const show = document_ => {
  const all = document_.components.schemas;
  const groups = {};
  for (const [path, methods] of Object.entries(document_.paths))
    for (const [method, operation] of Object.entries(methods))
      (groups[operation.tags[0]] ||= []).push([method, path, operation]);
  const main = make("main");
  main.id = "main";
  for (const [tag, operations] of Object.entries(groups)) {
    main.append(make("h2", tag));
    for (const [method, path, operation] of operations) {
      const parameters = (operation.parameters || []).map(p =>
        [p.name + (p.required ? " *" : ""), p.in, JSON.stringify(p.schema), p.description || ""]);
      main.append(make("details", "",
        make("summary", "", make("b", method.toUpperCase()), make("code", path), make("span", "  " + operation.summary)),
        operation.description && make("p", operation.description),
        parameters.length ? table(["parameter", "in", "schema", ""], parameters) : null,
        operation.requestBody && body(operation.requestBody.content, all, "Body"),
        table(["status", ""], Object.entries(operation.responses).map(([s, r]) => [s, r.description])),
        body((Object.entries(operation.responses).find(([s]) => s[0] === "2") || [])[1]?.content, all, "Answer")));
    }
  }
  document.getElementById("main").replaceWith(main);
};
fetch("openapi.json").then(answer => answer.json()).then(show).catch(error => {
  document.getElementById("main").replaceChildren(make("p", "The document could not be read: " + error));
});
