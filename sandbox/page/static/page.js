"use strict";
// Fetches each part every two seconds, puts it in place when it has changed, and lets a person edit cells.

const state = JSON.parse(document.getElementById("state").textContent);
const place = (id) => document.getElementById(id);
const parts = { bar: "/page/bar", nav: "/page/nav", board: "/page/board", records: "/page/records", "calls-list": "/page/calls" };
const etags = {};
const folded = new Set();
let busy = null; // the open editor or picker: nothing under it is replaced meanwhile

function query() {
  const words = { board: state.board, tab: state.tab, q: place("q").value, rq: place("rq").value };
  return new URLSearchParams(Object.entries(words).filter(([, value]) => value)).toString();
}

// Cells by key, so that what has come or changed can be shown.
function texts(root) {
  const found = new Map();
  for (const cell of root.querySelectorAll("[data-k]")) found.set(cell.dataset.k, cell.textContent);
  return found;
}

function mark(root, before) {
  if (!before.size) return;
  for (const row of root.querySelectorAll("tr[data-item], tr[data-k]")) {
    const cells = [...row.querySelectorAll("td[data-k]")];
    if (cells.length && !cells.some((cell) => before.has(cell.dataset.k))) row.classList.add("arrived");
    else for (const cell of cells)
      if (before.get(cell.dataset.k) !== cell.textContent) cell.classList.add("changed");
  }
}

async function refresh(id, animate = true) {
  if (id === "calls-list" && place("calls").hidden) return;
  const asked = `${parts[id]}?${query()}`;
  const answer = await fetch(asked, { headers: etags[id] && etags[id].asked === asked ? { "If-None-Match": etags[id].tag } : {} });
  if (answer.status !== 200) return;
  const html = await answer.text();
  const stillWanted = asked === `${parts[id]}?${query()}`;
  if (!stillWanted || (busy && place(id).contains(busy))) return;
  const same = etags[id] && etags[id].asked === asked;
  etags[id] = { asked, tag: answer.headers.get("ETag") };
  const root = place(id);
  const before = animate && same ? texts(root) : new Map();
  const scrolls = [root, root.querySelector(".grid")].map((one) => one && [one.scrollTop, one.scrollLeft]);
  root.innerHTML = html;
  for (const group of root.querySelectorAll(".group")) group.classList.toggle("folded", folded.has(group.dataset.group));
  [root, root.querySelector(".grid")].forEach((one, at) => {
    if (one && scrolls[at]) [one.scrollTop, one.scrollLeft] = scrolls[at];
  });
  mark(root, before);
}

async function refreshAll(animate) {
  await Promise.allSettled(Object.keys(parts).map((id) => refresh(id, animate)));
}

function toast(text, bad = false) {
  const box = place("toast");
  box.textContent = text;
  box.className = bad ? "on bad" : "on";
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (box.className = ""), bad ? 6000 : 2500);
}

async function send(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) toast(told.error || `This did not work (${answer.status}).`, true);
  await refreshAll();
  return answer.ok;
}

function close() {
  if (!busy) return;
  const open = busy;
  busy = null;
  if (open.classList.contains("picker")) open.remove();
  else if (open.restore) open.restore();
}

// Editors

function typeIn(cell, begin, kind, done) {
  close();
  const inner = cell.innerHTML;
  const box = document.createElement(kind === "area" ? "textarea" : "input");
  if (kind !== "area") box.type = kind;
  box.value = begin;
  cell.classList.add("editing");
  cell.replaceChildren(box);
  let over = false;
  const finish = (keep) => {
    if (over) return;
    over = true;
    busy = null;
    cell.classList.remove("editing");
    cell.innerHTML = inner;
    if (keep && box.value !== begin) done(box.value);
  };
  cell.restore = () => finish(true);
  busy = cell;
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") finish(false);
    if (event.key === "Enter" && (kind !== "area" || event.ctrlKey)) finish(true);
  });
  box.addEventListener("blur", () => finish(true));
  box.focus();
  if (box.select) box.select();
}

function pick(anchor, fill) {
  close();
  const box = document.createElement("div");
  box.className = "picker";
  fill(box);
  document.body.append(box);
  const at = anchor.getBoundingClientRect();
  const below = at.bottom + box.offsetHeight + 8 < innerHeight;
  box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - box.offsetHeight - 4)}px`;
  busy = box;
}

function choice(box, text, done, { color, on, danger, swatch } = {}) {
  const button = document.createElement("button");
  if (swatch) button.append(Object.assign(document.createElement("i"), { className: "swatch" }));
  button.append(text);
  if (color || swatch) button.style.setProperty("--l", color || swatch);
  button.className = [color && "label", on && "on", danger && "danger"].filter(Boolean).join(" ");
  button.addEventListener("click", () => { close(); done(); });
  box.append(button);
}

function shape() {
  return JSON.parse(place("board").querySelector(".shape").textContent);
}

function editCell(cell) {
  const item = cell.closest("[data-item]").dataset.item;
  const column = cell.dataset.column;
  const { type, labels } = shape().columns[column];
  const save = (value) => send("/page/edit", { item_id: item, column_id: column, value });
  const raw = cell.dataset.raw;
  if (type === "status")
    return pick(cell, (box) => {
      for (const one of labels) choice(box, one.label, () => save({ index: one.id }), { color: one.color, on: one.label === raw });
      choice(box, "Clear", () => save(null));
    });
  if (type === "dropdown")
    return pick(cell, (box) => {
      const chosen = raw ? raw.split(", ") : [];
      for (const one of labels) {
        const on = chosen.includes(one.label);
        const next = labels.filter((l) => (l.id === one.id ? !on : chosen.includes(l.label))).map((l) => l.id);
        choice(box, one.label, () => save({ ids: next }), { on });
      }
      choice(box, "Clear", () => save(null));
    });
  if (type === "people")
    return pick(cell, (box) => {
      for (const { id, name } of shape().people)
        choice(box, name, () => save({ personsAndTeams: [{ id, kind: "person" }] }), { on: raw.includes(name) });
      choice(box, "Clear", () => save(null));
    });
  if (type === "checkbox") return save(raw ? null : { checked: "true" });
  if (type === "timeline")
    return typeIn(cell, raw, "text", (text) => {
      const [from, to] = text.trim().split(/\s+/);
      save(from ? { from, to: to || from } : null);
    });
  if (type === "rating") return typeIn(cell, raw, "number", (text) => save(text ? { rating: Number(text) } : null));
  const kind = { long_text: "area", date: "date" }[type] || "text";
  return typeIn(cell, raw, kind, (text) => save(type === "numbers" ? text.replaceAll(",", "").trim() : text));
}

function openMenu(button) {
  const row = button.closest("[data-item]");
  const item = row.dataset.item;
  const here = row.closest(".group").dataset.group;
  pick(button, (box) => {
    box.append(Object.assign(document.createElement("h5"), { textContent: "Move to group" }));
    for (const group of shape().groups)
      if (group.id !== here) choice(box, group.title, () => send("/page/move", { item_id: item, group_id: group.id }), { swatch: group.color });
    box.append(Object.assign(document.createElement("h5"), { textContent: "Item" }));
    choice(box, "Archive", () => send("/page/archive", { item_id: item }));
    choice(box, "Delete", () => send("/page/delete", { item_id: item }), { danger: true });
  });
}

function go(change) {
  Object.assign(state, change);
  history.replaceState(null, "", `?${query()}`);
  refreshAll(false);
}

function act(event) {
  const target = event.target;
  if (busy && !busy.contains(target)) close();
  const entry = target.closest("[data-board].entry");
  const tab = target.closest(".tab");
  if (entry || tab) {
    event.preventDefault();
    return go(entry ? { board: entry.dataset.board } : { tab: tab.dataset.tab });
  }
  if (target.closest("a, input, textarea")) return;
  if (target.closest(".fold")) {
    const group = target.closest(".group");
    folded[group.classList.toggle("folded") ? "add" : "delete"](group.dataset.group);
    return;
  }
  if (target.closest(".menu")) return openMenu(target.closest(".menu"));
  const add = target.closest("[data-add]");
  if (add) return typeIn(add, "", "text", (name) => send("/page/add", { board_id: state.board || add.closest(".board").dataset.board, name, group_id: add.dataset.add }));
  const name = target.closest("td.name .text");
  if (name) {
    const item = name.closest("[data-item]").dataset.item;
    return typeIn(name, name.textContent, "text", (text) => send("/page/rename", { item_id: item, name: text }));
  }
  const button = target.closest(".act button");
  if (button) {
    const { path, ...body } = button.dataset;
    const named = Object.fromEntries(Object.entries(body).map(([key, value]) => [key.replace(/[A-Z]/g, (one) => `_${one.toLowerCase()}`), value]));
    button.disabled = true;
    return send(path, named).then((fine) => fine && toast(`Done: ${button.textContent.toLowerCase()}ed ${Object.values(named).at(-1)}`));
  }
  const cell = target.closest(".cell[data-raw]");
  if (cell && !cell.classList.contains("editing")) editCell(cell);
}

document.addEventListener("click", act);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
  if (event.key === "Enter" && event.target.matches(".cell[data-raw], td.name .text")) event.target.click();
});
for (const id of ["q", "rq"]) {
  let timer;
  place(id).addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => go({}), 180);
  });
}
place("calls-button").addEventListener("click", () => {
  place("calls").hidden = !place("calls").hidden;
  place("calls-button").classList.toggle("on", !place("calls").hidden);
  refresh("calls-list", false);
});
place("divider").addEventListener("pointerdown", (event) => {
  const [above, below] = document.querySelectorAll(".pane");
  const move = (at) => {
    const box = document.querySelector("main").getBoundingClientRect();
    const share = Math.max(15, Math.min(85, ((at.clientY - box.top) / box.height) * 100));
    above.style.flexBasis = `${share}%`;
    below.style.flexBasis = `${100 - share}%`;
  };
  event.target.setPointerCapture(event.pointerId);
  event.target.addEventListener("pointermove", move);
  event.target.addEventListener("pointerup", () => event.target.removeEventListener("pointermove", move), { once: true });
});
setInterval(() => document.hidden || refreshAll(), 2000);
