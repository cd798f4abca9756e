// Opens the page of a "why?" link in a drawer beside the statement. Without this script the links lead to the page.
const drawer = document.createElement("dialog");
drawer.className = "wiifm drawer";
drawer.setAttribute("aria-label", document.body.dataset.why || "Why");
const close = document.createElement("button");
close.type = "button";
close.className = "plain";
close.textContent = document.body.dataset.close || "Close";
close.addEventListener("click", () => drawer.close());
const content = document.createElement("div");
drawer.append(close, content);
drawer.addEventListener("click", (event) => {
  if (event.target === drawer) drawer.close();
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-drawer]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  try {
    const answer = await fetch(link.dataset.drawer, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(answer.statusText);
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    content.replaceChildren(...parsed.body.children);
    if (!drawer.isConnected) document.body.append(drawer);
    drawer.showModal();
  } catch {
    location.assign(link.href);
  }
});
