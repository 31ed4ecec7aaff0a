/* Pages that follow by themselves: what is marked `data-live` is taken from the server anew when it says that
   something changed, forms are sent without a jump, and what was typed and not sent is kept in this browser. */
/* Minutes and seconds as they are read out. */
function leftText(seconds) {
  if (seconds <= 0) return "time is up";
  const minutes = Math.floor(seconds / 60), rest = String(seconds % 60).padStart(2, "0");
  return `${minutes}:${rest} left`;
}

/* The fields of a form that a person fills in, as pairs; hidden ones are the server's. */
function typedIn(form) {
  return [...new FormData(form)].filter(([name]) => form.elements[name]?.type !== "hidden");
}

/* Put pairs back into a form. */
function fillIn(form, pairs) {
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden") continue;
    const values = pairs.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

/* Whether somebody has typed or chosen something in a field that was not there when it was drawn. */
function isTouched(field) {
  if (field.type === "hidden") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((one, row) => one.selected !== (one.defaultSelected || (row === 0 && !field.querySelector("option[selected]"))));
  return field.value !== field.defaultValue;
}

/* Whether a part of the page has to stay as it is: somebody is writing in it, or it is of the same turn. */
function stays(old, fresh) {
  if (old.dataset.keep !== undefined) return old.dataset.keep === fresh.dataset.keep;
  const at = document.activeElement;
  if (old.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return true;
  return [...old.querySelectorAll("input[type=file]")].some(isTouched);  // no script may fill these in
}

/* The forms of a part of the page that are known by a name, itself among them. */
function formsOf(part) {
  return [part, ...part.querySelectorAll("form")].filter((one) => one.tagName === "FORM" && one.id && one.dataset.keep === undefined);
}

/* Put what somebody has typed into the same form as it was drawn anew. */
function carryOver(old, fresh) {
  for (const field of old.elements) {
    if (!field.name || field.type === "file" || !isTouched(field)) continue;
    const isBox = field.type === "checkbox";
    const same = [...fresh.elements].find((one) => one.name === field.name && one.type === field.type && (!isBox || one.value === field.value));
    if (same && isBox) same.checked = field.checked;
    else if (same) same.value = field.value;
  }
}

const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

/* What something that has the focus is known by when its page is drawn anew. */
function signature(one) {
  const form = one.closest("form"), hidden = form ? [...form.querySelectorAll("input[type=hidden]")] : [];
  const about = hidden.filter((field) => field.name !== "key").map((field) => `${field.name}=${field.value}`);
  const said = one.tagName === "BUTTON" ? one.textContent : one.getAttribute("href") || one.getAttribute("aria-label");
  return [one.tagName, one.id, one.name, said, one.closest("details")?.id, ...about].join("|");
}

/* The place of the focus within a part of the page; null if it is not in it. */
function focusIn(part) {
  const at = document.activeElement, row = [...part.querySelectorAll(FOCUSABLE)].indexOf(at);
  if (at === part) return { name: "", row };
  return row < 0 ? null : { name: signature(at), row };
}

/* Put the focus where it was: on the same thing, on what stands in its place now, or on the part. */
function focusAgain(part, { name, row }) {
  const all = [...part.querySelectorAll(FOCUSABLE)];
  const there = all.find((one) => signature(one) === name) || all[Math.min(row, all.length - 1)] || part;
  if (there === part) part.tabIndex = -1;
  there.focus({ preventScroll: true });
}

/* Take the parts of a page that were drawn anew; the one that `sent` something is taken in any case.
   What was said of the last thing that was sent stays until something else is. Answers with whether the
   page is made of the same parts, and whether one of them stayed as it was. */
function takeIn(text, sent) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const before = document.querySelectorAll("[data-live]").length;
  let behind = false;
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) return { same: false, behind };
    if (sent === null && old.id === "said") continue;
    if (old.outerHTML === fresh.outerHTML) continue;
    if (old.id !== sent && stays(old, fresh)) {
      behind ||= old.dataset.keep === undefined;
      continue;
    }
    const made = document.importNode(fresh, true);
    if (old.hasAttribute("aria-live")) {  // one that is put in anew is not read out
      old.replaceChildren(...made.childNodes);
      continue;
    }
    const open = new Set([...old.querySelectorAll("details[open][id]")].map((one) => one.id));
    made.querySelectorAll("details[id]").forEach((one) => { if (open.has(one.id)) one.open = true; });
    const typed = new Map(formsOf(old).map((one) => [one.id, one]));
    for (const form of formsOf(made)) if (typed.has(form.id)) carryOver(typed.get(form.id), form);
    const focused = focusIn(old);
    old.replaceWith(made);
    if (focused) focusAgain(made, focused);
  }
  return { same: before === page.querySelectorAll("[data-live]").length, behind };
}

const SAID = 15000;  // milliseconds

function startPage() {
  const from = document.body.dataset.liveFrom;
  const lost = document.getElementById("connection");
  let seen = null, asking = false, again = false, tickedAt = Date.now(), behind = false;
  const pressed = new Set();

  /* What was pressed is not drawn anew before it is let go: the click would be lost. */
  document.addEventListener("pointerdown", (event) => { pressed.add(event.pointerId); });
  for (const name of ["pointerup", "pointercancel", "dragend"]) {
    document.addEventListener(name, () => setTimeout(() => pressed.clear()));
  }
  async function released() {
    const begun = Date.now();
    while (pressed.size && Date.now() - begun < 2000) await new Promise((go) => setTimeout(go, 50));
  }

  /* What came of something is said for a while; what is wrong, until something else is done. */
  let saidAt = 0;
  function take(text, sent) {
    const taken = takeIn(text, sent);
    tickedAt = Date.now();
    behind = taken.behind;
    if (sent !== null) saidAt = Date.now();
    if (!taken.same) location.reload();
    drafts();
  }

  /* Draw the page anew; one request at a time, and the last word counts. */
  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, cache: "no-store" });
      if (answer.redirected || answer.status === 403) location.reload();
      else if (answer.ok) {
        const text = await answer.text();
        await released();
        take(text, null);
        lost.hidden = true;
      } else lost.hidden = false;
    } catch { lost.hidden = false; }
    asking = false;
    if (again) { again = false; refresh(); }
  }
  document.addEventListener("focusout", () => { if (behind) { behind = false; refresh(); } });

  /* What was typed is kept until it is confirmed. */
  function drafts() {
    for (const form of document.querySelectorAll("form[data-draft]")) {
      if (form.dataset.watched) continue;
      form.dataset.watched = "1";
      const name = form.dataset.draft;
      try {
        const kept = JSON.parse(localStorage.getItem(name) || "null");
        if (kept) { fillIn(form, kept); noteDraft(form); }
      } catch { /* a browser that keeps nothing */ }
      form.addEventListener("input", () => {
        try { localStorage.setItem(name, JSON.stringify(typedIn(form))); } catch { /* as above */ }
        noteDraft(form);
      });
    }
  }
  function noteDraft(form) {
    const note = form.querySelector("#draft-note");
    if (note) note.textContent = "Draft, not confirmed. It is kept in this browser.";
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post" || form.dataset.plain !== undefined) return;
    event.preventDefault();
    const file = form.dataset.file === undefined ? null : form.elements.file.files[0];
    if (form.ariaBusy === "true") return;  // pressed twice
    const typed = JSON.stringify(typedIn(form));
    const sent = file || new URLSearchParams(new FormData(form, event.submitter));
    const where = form.getAttribute("action") + (file ? `?name=${encodeURIComponent(file.name)}` : "");
    form.ariaBusy = "true";
    try {
      const answer = await fetch(where, { method: "POST", body: sent, cache: "no-store" });
      const text = await answer.text();
      const isAll = answer.ok && JSON.stringify(typedIn(form)) === typed;  // nothing was typed meanwhile
      if (isAll && form.dataset.draft) localStorage.removeItem(form.dataset.draft);
      if (isAll && form.dataset.keep === undefined) form.reset();
      take(text, form.closest("[data-live]")?.id ?? "");
      if (!answer.ok) document.querySelector("[aria-invalid]")?.focus();
    } catch {
      lost.hidden = false;  // the same key goes with it again: it is taken once
    }
    form.ariaBusy = "false";
  });

  /* Follow what changes; whoever is not let follow looks now and then. What is typed stays meanwhile. */
  let source = null;
  function follow() {
    source = new EventSource(from);
    source.onmessage = (event) => {
      lost.hidden = true;
      if (event.data !== seen) refresh();
      seen = event.data;
    };
    source.onerror = ({ target }) => {
      lost.hidden = false;
      seen = null;  // a server that was begun anew counts anew
      if (target.readyState !== EventSource.CLOSED) return;
      setTimeout(() => { if (source === target) { refresh(); follow(); } }, 2000);
    };
  }
  /* A browser keeps six connections to a server: pages of a facilitator that nobody sees leave theirs to others.
     Those of a seat stay, since they tell who is here. */
  function followIfSeen() {
    if (document.hidden && !from.startsWith("/seat/")) { source?.close(); source = null; }
    else if (!source) follow();
  }
  if (from) {
    followIfSeen();
    document.addEventListener("visibilitychange", followIfSeen);
  }
  drafts();
  setInterval(() => {
    if (saidAt && Date.now() - saidAt > SAID) document.querySelector("#said .said")?.remove();
    for (const one of document.querySelectorAll(".left[data-left]")) {
      const left = Number(one.dataset.left) - Math.floor((Date.now() - tickedAt) / 1000);
      one.textContent = leftText(left);
      one.classList.toggle("late", left <= 60);
    }
    document.querySelectorAll("button[data-print]").forEach((one) => { one.onclick = () => print(); });
  }, 1000);
}

export { leftText, fillIn, typedIn, isTouched, carryOver, stays, takeIn };

if (typeof document !== "undefined") startPage();
