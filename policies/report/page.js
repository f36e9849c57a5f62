"use strict";
// Everything on the page works without this script; it adds the tooltip, the film strip, the enlarged picture and the
// link between a program line and its calls.
const tip = document.getElementById("tip");
const light = document.getElementById("light");

document.querySelectorAll("[data-tip]").forEach((el) => {
  el.addEventListener("mousemove", (event) => {
    tip.textContent = el.dataset.tip;
    tip.hidden = false;
    tip.style.left = Math.max(8, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = Math.max(8, Math.min(event.clientY + 18, innerHeight - tip.offsetHeight - 8)) + "px";
  });
  el.addEventListener("mouseleave", () => { tip.hidden = true; });
});

function show(img) {
  light.querySelector("img").src = img.src;
  light.querySelector("p").textContent = img.alt;
  light.showModal();
}
light.addEventListener("click", () => light.close());

document.querySelectorAll(".attempt").forEach((attempt) => {
  const film = attempt.querySelector(".film");
  attempt.querySelectorAll(".call").forEach((call) => {
    const shots = call.querySelectorAll(".shots img");
    if (film && shots.length) {
      const frame = document.createElement("button");
      frame.className = "frame " + (call.classList.contains("error") ? "error" : "");
      const last = shots[shots.length - 1];
      const img = document.createElement("img");
      img.src = last.src;
      img.alt = last.alt;
      const name = document.createElement("span");
      name.textContent = call.querySelector("summary b").textContent;
      frame.append(img, name);
      frame.addEventListener("click", () => {
        call.open = true;
        call.scrollIntoView({ block: "center", behavior: "smooth" });
        flash(call);
      });
      film.append(frame);
      film.hidden = false;
    }
    const line = call.dataset.line && attempt.querySelector('.ln[data-line="' + call.dataset.line + '"]');
    if (!line) return;
    call.addEventListener("mouseenter", () => line.classList.add("hot"));
    call.addEventListener("mouseleave", () => line.classList.remove("hot"));
    line.classList.add("linked");
    line.addEventListener("click", () => { call.open = true; flash(call); });
    line.addEventListener("mouseenter", () => call.classList.add("hot"));
    line.addEventListener("mouseleave", () => call.classList.remove("hot"));
  });
});

function flash(el) {
  el.classList.add("flash");
  setTimeout(() => el.classList.remove("flash"), 900);
}

document.querySelectorAll(".shots img").forEach((img) => img.addEventListener("click", () => show(img)));
