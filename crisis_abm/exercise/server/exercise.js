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

/* Whether a part of the page has to stay as it is: somebody is writing in it, and it is of the same turn. */
function stays(old, fresh) {
  if (old.dataset.keep !== undefined) return old.dataset.keep === fresh.dataset.keep;
  const at = document.activeElement;
  if (old.contains(at) && /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName)) return true;
  return [...old.querySelectorAll("input, textarea, select")].some(isTouched);
}

/* Take the parts of a page that were drawn anew; the one that `sent` something is taken in any case.
   What was said of the last thing that was sent stays until something else is. */
function takeIn(text, sent) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const before = document.querySelectorAll("[data-live]").length;
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (!old) return false;
    if (sent === null && old.id === "said") continue;
    if (old.outerHTML === fresh.outerHTML || (old.id !== sent && stays(old, fresh))) continue;
    const open = new Set([...old.querySelectorAll("details[open][id]")].map((one) => one.id));
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    fresh.querySelectorAll("details[id]").forEach((one) => { if (open.has(one.id)) one.open = true; });
    old.replaceWith(document.importNode(fresh, true));
    if (focused) document.getElementById(focused)?.focus();
  }
  return before === page.querySelectorAll("[data-live]").length;
}

function startPage() {
  const from = document.body.dataset.liveFrom;
  const lost = document.getElementById("connection");
  let seen = null, asking = false, again = false, tickedAt = Date.now();

  /* Draw the page anew; one request at a time, and the last word counts. */
  async function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, cache: "no-store" });
      if (answer.redirected || !answer.ok || !takeIn(await answer.text(), null)) location.reload();
      tickedAt = Date.now();
      drafts();
    } catch { lost.hidden = false; }
    asking = false;
    if (again) { again = false; refresh(); }
  }

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
    const sent = file || new URLSearchParams(new FormData(form, event.submitter));
    const where = form.getAttribute("action") + (file ? `?name=${encodeURIComponent(file.name)}` : "");
    const buttons = form.querySelectorAll("button");
    buttons.forEach((one) => { one.disabled = true; });
    try {
      const answer = await fetch(where, { method: "POST", body: sent, cache: "no-store" });
      const text = await answer.text();
      if (answer.ok && form.dataset.draft) localStorage.removeItem(form.dataset.draft);
      if (answer.ok && form.dataset.draft === undefined) form.reset();
      if (!takeIn(text, form.closest("[data-live]")?.id ?? "")) location.reload();
      drafts();
      (document.querySelector("[aria-invalid]") || document.querySelector(".wrong"))?.focus?.();
    } catch {
      lost.hidden = false;  // the same key goes with it again: it is taken once
      buttons.forEach((one) => { one.disabled = false; });
    }
  });

  if (from) {
    const source = new EventSource(from);
    source.onmessage = (event) => {
      lost.hidden = true;
      if (seen !== null && seen !== event.data) refresh();
      else if (seen === null && event.data !== document.body.dataset.version) refresh();
      seen = event.data;
    };
    source.onerror = () => {
      lost.hidden = false;
      if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 2000);
    };
  }
  drafts();
  setInterval(() => {
    for (const one of document.querySelectorAll(".left[data-left]")) {
      const left = Number(one.dataset.left) - Math.floor((Date.now() - tickedAt) / 1000);
      one.textContent = leftText(left);
      one.classList.toggle("late", left <= 60);
    }
    document.querySelectorAll("button[data-print]").forEach((one) => { one.onclick = () => print(); });
  }, 1000);
}

export { leftText, fillIn, typedIn, isTouched, stays, takeIn };

if (typeof document !== "undefined") startPage();
