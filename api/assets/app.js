// The page's behaviour: an entrance for strangers, and a studio in which files are uploaded and
// their conversions followed. No library, nothing from elsewhere, nothing kept but the login.

const byId = (id) => document.getElementById(id);
const TOKEN = "soundmill.token";

/* ---------------------------------------------------------------- talking to the server */

/** What the server refused, in its own words. */
class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? "The server could not be reached. Try again in a moment.");
    this.status = status;
    this.code = problem?.code;
  }
}

const token = () => localStorage.getItem(TOKEN);

async function call(method, path, body) {
  const headers = {};
  if (token()) headers.Authorization = `Bearer ${token()}`;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refusal(0);
  }
  const text = await response.text();
  if (!response.ok) throw new Refusal(response.status, parse(text));
  return { body: parse(text), next: nextPage(response.headers.get("Link")) };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const nextPage = (link) => link?.match(/<([^>]+)>; rel="next"/)?.[1] ?? null;

/* ---------------------------------------------------------------- entrance */

function show(id) {
  for (const form of ["login", "signup"]) byId(form).hidden = form !== id;
  byId(id).querySelector("input").focus();
}

function enter(accessToken) {
  localStorage.setItem(TOKEN, accessToken);
  for (const form of [byId("login"), byId("signup")]) form.reset();
  open();
  byId("main").focus();
}

function leave() {
  localStorage.removeItem(TOKEN);
  open();
}

/** Shows what is for this visitor: the entrance, or the studio. */
function open() {
  const inside = Boolean(token());
  byId("entrance").hidden = inside;
  byId("studio").hidden = !inside;
  byId("account").hidden = !inside;
  tasks.reset();
  if (inside) tasks.refresh();
}

function onSubmit(form, send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [error, button] = [form.querySelector(".error"), form.querySelector("[type=submit]")];
    error.textContent = "";
    button.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(form)));
    } catch (refusal) {
      error.textContent = refusal.message;
    } finally {
      button.disabled = false;
    }
  });
}

onSubmit(byId("login"), async (fields) => {
  enter((await call("POST", "/api/auth/login", fields)).body.access_token);
});

onSubmit(byId("signup"), async (fields) => {
  enter((await call("POST", "/api/auth/signup", fields)).body.access_token);
});

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => show(button.dataset.show));
}

byId("logout").addEventListener("click", async () => {
  try {
    await call("POST", "/api/auth/logout");
  } catch {
    // The token is forgotten here in any case.
  }
  leave();
});

/* ---------------------------------------------------------------- upload */

const file = byId("file");
const drop = byId("drop");
let running = null;

function describeChoice() {
  const files = [...file.files];
  byId("picked").textContent =
    files.length === 0 ? "Choose audio files"
    : files.length === 1 ? files[0].name
    : `${files.length} files`;
}

file.addEventListener("change", describeChoice);
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) {
  drop.addEventListener(kind, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  file.files = event.dataTransfer.files;
  describeChoice();
});

onSubmit(byId("upload"), async () => {
  const format = byId("upload").elements.newFormat.value;
  if (file.files.length === 0) throw new Error("Choose a file first.");
  try {
    for (const each of file.files) {
      tasks.put(await send(each, format));
      tell(`${each.name} was uploaded.`);
    }
    file.value = "";
    describeChoice();
  } finally {
    byId("sending").hidden = true;
    running = null;
  }
});

byId("cancel").addEventListener("click", () => running?.abort());

/** Sends one file. XMLHttpRequest, since fetch does not tell how much was sent. */
function send(each, format) {
  const form = new FormData();
  form.append("newFormat", format);
  form.append("fileName", each, each.name);
  byId("sending-name").textContent = `Uploading ${each.name}`;
  byId("sent").value = 0;
  byId("sending").hidden = false;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running = request;
    request.open("POST", "/api/tasks");
    request.setRequestHeader("Authorization", `Bearer ${token()}`);
    request.setRequestHeader("Idempotency-Key", newKey());
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) byId("sent").value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("load", () => {
      const body = parse(request.responseText);
      if (request.status === 202) resolve(body.task);
      else reject(new Refusal(request.status, body));
    });
    request.addEventListener("error", () => reject(new Refusal(0)));
    request.addEventListener("abort", () => reject(new Error("The upload was cancelled.")));
    request.send(form);
  });
}

const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* ---------------------------------------------------------------- list */

function tell(news) {
  byId("news").textContent = news;
}

const FASTEST_MS = 700;
const SLOWEST_MS = 10_000;

/** The list of conversions, and the polling that keeps it true. */
const tasks = {
  rows: new Map(),
  timer: 0,
  wait: FASTEST_MS,
  next: null,
  /** Raised at every log-in and log-out, so that late answers of the one before are dropped. */
  visit: 0,

  reset() {
    clearTimeout(this.timer);
    this.visit += 1;
    this.rows.clear();
    byId("tasks").replaceChildren();
    byId("more").hidden = true;
    byId("empty").hidden = true;
    this.next = null;
  },

  async refresh() {
    const visit = this.visit;
    clearTimeout(this.timer);
    try {
      const { body, next } = await call("GET", "/api/tasks?limit=50");
      if (visit !== this.visit) return;
      const changed = body.map((task) => this.update(task)).some(Boolean);
      this.arrange(body);
      if (this.rows.size <= body.length) this.setNext(next);
      this.wait = changed ? FASTEST_MS : Math.min(this.wait * 1.5, SLOWEST_MS);
    } catch (refusal) {
      if (visit !== this.visit) return;
      if (refusal.status === 401) return leave();
      this.wait = SLOWEST_MS;
    }
    this.plan();
  },

  /** Looks again soon while something runs, and not at all while nothing can change. */
  plan() {
    const busy = [...this.rows.values()].some(({ task }) => isRunning(task));
    if (busy && !document.hidden) this.timer = setTimeout(() => this.refresh(), this.wait);
  },

  setNext(next) {
    this.next = next;
    byId("more").hidden = !next;
  },

  /** Takes over what the server says of a task; true when that is news. */
  update(task) {
    const row = this.rows.get(task.id);
    if (row && row.known === key(task)) {
      row.seen = Date.now();
      return false;
    }
    const element = row?.element ?? newRow(task.id);
    if (row && isRunning(row.task) && !isRunning(task)) tell(`${task.uploaded_filename}: ${state(task)}`);
    this.rows.set(task.id, { element, task, known: key(task), seen: Date.now() });
    render(element, task);
    return true;
  },

  /** A task that was just made or changed: shown at once, and followed closely. */
  put(task) {
    this.update(task);
    this.arrange();
    this.wait = FASTEST_MS;
    clearTimeout(this.timer);
    this.plan();
  },

  /** Brings the elements into their order. Those that the newest page lacks were deleted elsewhere. */
  arrange(page) {
    if (page && page.length > 0) {
      const [oldest, ids] = [page[page.length - 1].id, new Set(page.map((task) => task.id))];
      for (const id of this.rows.keys()) if (id >= oldest && !ids.has(id)) this.remove(id);
    } else if (page) {
      for (const id of this.rows.keys()) this.remove(id);
    }
    const list = byId("tasks");
    [...this.rows.entries()]
      .sort(([a], [b]) => b - a)
      .forEach(([, { element }], place) => {
        if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
      });
    byId("empty").hidden = this.rows.size > 0;
  },

  remove(id) {
    this.rows.get(id)?.element.remove();
    this.rows.delete(id);
    byId("empty").hidden = this.rows.size > 0;
  },
};

const isRunning = (task) => task.status === "uploaded" || task.status === "processing";
const key = (task) => JSON.stringify([task.status, task.progress, task.new_format, task.download_url]);

function state(task) {
  const to = task.new_format.toUpperCase();
  switch (task.status) {
    case "uploaded": return `Waits to become ${to}`;
    case "processing": return `Becoming ${to}, ${task.progress} %`;
    case "failed": return task.error?.message ?? "The conversion failed.";
    default: return [to, size(task.processed_size), duration(task.duration_seconds)].filter(Boolean).join(" · ");
  }
}

function size(bytes) {
  if (bytes == null) return "";
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][Math.min(3, Math.floor(Math.log10(Math.max(bytes, 1)) / 3))];
  const scaled = bytes / { byte: 1, kilobyte: 1e3, megabyte: 1e6, gigabyte: 1e9 }[unit];
  return new Intl.NumberFormat("en", { style: "unit", unit, maximumSignificantDigits: 3 }).format(scaled);
}

function duration(seconds) {
  if (seconds == null) return "";
  const [minutes, rest] = [Math.floor(seconds / 60), Math.round(seconds) % 60];
  return `${minutes}:${String(rest).padStart(2, "0")}`;
}

function newRow(id) {
  const element = byId("task").content.firstElementChild.cloneNode(true);
  element.dataset.id = id;
  return element;
}

function render(element, task) {
  const find = (selector) => element.querySelector(selector);
  element.dataset.status = task.status;
  find(".name").textContent = task.uploaded_filename;
  find(".state").textContent = state(task);
  const progress = find("progress");
  progress.hidden = !isRunning(task);
  progress.value = task.progress;
  progress.setAttribute("aria-label", `Progress of ${task.uploaded_filename}`);
  const link = find("[data-act=download]");
  link.hidden = !task.download_url;
  if (task.download_url) link.href = task.download_url;
  link.setAttribute("aria-label", `Download ${task.processed_file ?? ""}`);
  find("[data-act=again]").disabled = task.original_file === null;
  find("[data-act=delete]").setAttribute("aria-label", `Delete ${task.uploaded_filename}`);
}

/** Does something to a task; what the server refuses is shown in the task's own row. */
async function act(element, what) {
  try {
    await what(Number(element.dataset.id));
  } catch (refusal) {
    if (refusal.status === 401) return leave();
    element.querySelector(".state").textContent = refusal.message;
    tell(refusal.message);
  }
}

byId("tasks").addEventListener("click", (event) => {
  const element = event.target.closest(".task");
  if (!event.target.closest("[data-act=delete]")) return;
  const name = element.querySelector(".name").textContent;
  if (!confirm(`Delete ${name} and its result?`)) return;
  const neighbour = element.nextElementSibling ?? element.previousElementSibling;
  act(element, async (id) => {
    await call("DELETE", `/api/tasks/${id}`);
    tasks.remove(id);
    tell("Deleted.");
    (neighbour?.querySelector("[data-act=delete]") ?? file).focus();
  });
});

/** Links to results end after an hour or two; a page that was open for so long asks for a new one. */
const LINK_LIFE_MS = 55 * 60 * 1000;

byId("tasks").addEventListener("click", (event) => {
  const link = event.target.closest("[data-act=download]");
  const element = link?.closest(".task");
  const row = element && tasks.rows.get(Number(element.dataset.id));
  if (!row || Date.now() - row.seen < LINK_LIFE_MS) return;
  event.preventDefault();
  act(element, async (id) => {
    const { body } = await call("GET", `/api/tasks/${id}`);
    tasks.update(body);
    if (body.download_url) location.assign(body.download_url);
  });
});

// Arrow keys change a closed list at once; who chooses by key therefore confirms with Enter.
let byKey = false;

byId("tasks").addEventListener("pointerdown", () => { byKey = false; });

byId("tasks").addEventListener("keydown", (event) => {
  const select = event.target.closest("[data-act=again]");
  if (!select || event.key === "Tab") return;
  byKey = event.key !== "Enter";
  if (select.value && !byKey) {
    event.preventDefault();
    convertAgain(select);
  }
});

byId("tasks").addEventListener("change", (event) => {
  const select = event.target.closest("[data-act=again]");
  if (!select?.value) return;
  if (byKey) tell(`Press Enter to convert to ${select.value.toUpperCase()}.`);
  else convertAgain(select);
});

function convertAgain(select) {
  const newFormat = select.value;
  select.value = "";
  act(select.closest(".task"), async (id) => {
    tasks.put((await call("PUT", `/api/tasks/${id}`, { newFormat })).body.task);
  });
}

byId("more").addEventListener("click", async () => {
  const visit = tasks.visit;
  const { body, next } = await call("GET", tasks.next);
  if (visit !== tasks.visit) return;
  body.forEach((task) => tasks.update(task));
  tasks.arrange();
  tasks.setNext(next);
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && token()) tasks.refresh();
});
window.addEventListener("storage", (event) => {
  if (event.key === TOKEN) open();
});

open();
