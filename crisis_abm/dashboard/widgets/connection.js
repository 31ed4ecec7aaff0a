// Says when the connection to the server is lost, and shuts the page meanwhile: nothing that is
// changed then would be kept. What was typed and not told yet is told when the connection is back,
// or, where another server drew the page anew, shown as what was lost.
const LOST =
  "The connection to the server is lost. Nothing can be changed until it is back, and a change of " +
  "the last moments may be missing. This page goes on by itself.";
const BACK =
  "The server was away and is back. A change of the last moments may be missing: please look.";
const AGAIN = 3000; // milliseconds between two looks whether the server is back
const ANSWER = 2000; // milliseconds that a server may take to say whether it has this page

function connectionNotice(text, role) {
  document.getElementById("ca-connection")?.remove();
  if (!text) return;
  const box = document.createElement("div");
  box.id = "ca-connection";
  box.setAttribute("role", role);
  const words = document.createElement("p");
  words.textContent = text;
  box.append(words);
  if (role === "status") {
    const close = document.createElement("button");
    close.type = "button";
    close.className = "ca-button";
    close.textContent = "Close";
    close.addEventListener("click", () => box.remove());
    box.append(close);
  }
  document.body.append(box);
}

// Whether the server that is there has this page, as it says itself. One that has not draws the page
// anew; until then nobody would hear of a change to the fields that are seen.
function hasThisPage() {
  if (!window.solara.debug.viewMounted()) return Promise.resolve(false);
  const comm = window.solara.debug.kernel().createComm("solara.control");
  comm.open({}, {}, []);
  return new Promise((resolve, reject) => {
    comm.onMsg = (message) => resolve(Boolean(message.content.data.started));
    setTimeout(() => reject(new Error("no answer")), ANSWER);
    comm.send({ method: "app-status" });
  });
}

export function followConnection() {
  const frame = window.app;
  if (!frame || !frame.$watch) return () => {};
  let retry = 0;
  let here = true;
  let times = 0; // that the connection changed

  const shut = () => {
    if (document.body.classList.contains("ca-lost")) return;
    document.body.classList.add("ca-lost");
    window.caDrafts = [...document.querySelectorAll("[data-typing]")].map((field) => ({
      label: field.labels?.[0]?.textContent ?? "",
      value: field.value,
    }));
    document.querySelector(".ca-app")?.setAttribute("inert", "");
    connectionNotice(LOST, "alert");
  };
  const open = () => {
    document.body.classList.remove("ca-lost");
    document.querySelector(".ca-app")?.removeAttribute("inert");
    connectionNotice("");
    const typing = [...document.querySelectorAll("[data-typing]")];
    typing.forEach((field) => field.dispatchEvent(new Event("change")));
    window.caDrafts = null;
  };
  // The frame tries a few times to connect again, and then no more.
  const look = async () => {
    try {
      await fetch("/static/assets/favicon.svg", { method: "HEAD", cache: "no-store" });
      await window.solara.debug.kernel().reconnect();
    } catch {
      // still away
    }
  };
  // A server that is too busy to answer is asked again.
  const goOn = async () => {
    const now = times;
    const has = await hasThisPage().catch(() => null);
    if (!here || now !== times) return;
    if (has) open();
    else if (has === null) goOn();
  };
  const follow = (status) => {
    times += 1;
    if (status === "connected") {
      clearInterval(retry);
      retry = 0;
      goOn();
      return;
    }
    shut();
    if (status === "disconnected" && !retry) retry = setInterval(look, AGAIN);
  };

  if (window.caDrafts) {
    // drawn anew by another server: the fields are new, too
    const gone = window.caDrafts.map(({ label, value }) => `${label}: “${value}”`).join("; ");
    window.caDrafts = null;
    open();
    connectionNotice(gone ? `${BACK} What you were typing was not kept: ${gone}` : BACK, "status");
  }
  const leave = frame.$watch("connectionStatus", follow);
  const goes = () => leave();
  window.addEventListener("pagehide", goes);
  return () => {
    here = false;
    leave();
    clearInterval(retry);
    window.removeEventListener("pagehide", goes);
  };
}
