// The line to callguard: reconnects by itself and resumes after the last event, so that nothing comes twice and nothing is missed.

const SILENT_MS = 25_000; // callguard says something every 10 s
const LONGEST_WAIT_MS = 8000;
const NOT_LOGGED_IN = 4401;

export class Line {
  /**
   * `seq` is the last event that the page knows. `on` has: event(body), health(health), line(isUp), reset() when the page must load
   * the state of things anew, and loggedOut().
   */
  constructor(seq, on) {
    this.seq = seq;
    this.serverOffsetMs = 0;
    this.on = on;
    this.wait = 500;
    this.socket = null;
    this.silence = 0;
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.retryNow());
  }

  connect() {
    clearTimeout(this.retry);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = (this.socket = new WebSocket(`${scheme}://${location.host}/ws?since=${this.seq}`));
    socket.onmessage = (message) => this.take(JSON.parse(message.data));
    socket.onclose = (closed) => this.lost(socket, closed.code);
    this.listenForSilence();
  }

  /** Tell callguard that an event is on the screen. */
  drawn(seq) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "drawn", seq }));
  }

  now() {
    return Date.now() + this.serverOffsetMs;
  }

  take(body) {
    this.listenForSilence();
    switch (body.type) {
      case "hello":
        this.wait = 500;
        this.serverOffsetMs = Date.parse(body.server_time) - Date.now();
        this.on.line(true);
        this.on.health(body.health);
        if (body.seq < this.seq) this.startOver(body.seq); // another database: our numbers mean nothing there
        break;
      case "beat":
        this.on.health(body.health);
        break;
      case "missed":
        this.startOver(body.to_seq);
        break;
      case "error":
        console.warn("callguard did not understand:", body.message);
        break;
      default:
        if (body.seq > this.seq) {
          this.seq = body.seq;
          this.on.event(body);
        }
    }
  }

  startOver(seq) {
    this.seq = seq;
    this.on.reset();
  }

  lost(socket, code) {
    if (socket !== this.socket) return;
    clearTimeout(this.silence);
    this.socket = null;
    if (code === NOT_LOGGED_IN) {
      this.on.loggedOut();
      return;
    }
    this.on.line(false);
    this.retry = setTimeout(() => this.connect(), this.wait * (0.5 + Math.random())); // spread, so that not all come back at once
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
  }

  retryNow() {
    if (!this.socket) this.connect();
  }

  listenForSilence() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      socket?.close();
      if (socket) this.lost(socket, 1006); // a dead peer never answers the goodbye
    }, SILENT_MS);
  }
}
