// Opens "why" beside the statement instead of on a page of its own. Without it the links are ordinary links.
const drawer = document.createElement("dialog");
drawer.className = "wiifm drawer";
drawer.setAttribute("aria-label", document.body.dataset.why || "Why");
const close = document.createElement("button");
close.type = "button";
close.className = "plain";
close.textContent = document.body.dataset.close || "Close";
close.addEventListener("click", () => drawer.close());
const told = document.createElement("div");
drawer.append(close, told);
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
    told.replaceChildren(...parsed.body.children);
    if (!drawer.isConnected) document.body.append(drawer);
    drawer.showModal();
  } catch {
    location.assign(link.href);
  }
});
