import { get, post } from "./api.js";
import { byId } from "./dom.js";

const HOME = { agent: "/agent" };

/** Where to go after logging in: back to the page that asked, if it is one of ours. */
function go(user) {
  const then = new URLSearchParams(location.search).get("then") ?? "";
  const isOurs = /^\/(agent|board)([?#]|$)/.test(then);
  location.replace(isOurs ? then : (HOME[user.role] ?? "/board"));
}

function complain(message) {
  const place = byId("complaint");
  place.textContent = message;
  place.hidden = false;
}

byId("login").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const button = submitted.target.querySelector("button");
  button.disabled = true;
  try {
    go(await post("/api/login", { name: byId("name").value.trim(), password: byId("password").value }));
  } catch (error) {
    complain(error.message[0].toUpperCase() + error.message.slice(1) + ".");
    byId("password").select();
  } finally {
    button.disabled = false;
  }
});

get("/api/me").then(go, () => byId("name").focus());
