// The line to callguard: reconnects by itself and resumes after the last event, so that nothing comes twice and nothing is missed.

import type { CallEvent, Health, LineMessage } from "../api/types";

const SILENT_MS = 25_000; // callguard says something every 10 s
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const NOT_LOGGED_IN = 4401;

export interface LineListener {
  event(body: CallEvent): void;
  health(health: Health): void;
  line(isUp: boolean): void;
  /** The state of things must be loaded anew. */
  reset(): void;
  loggedOut(): void;
  /** Who is there may have changed; `isEdited` if names, roles or teams may have. */
  staff(isEdited: boolean): void;
}

export class Line {
  private serverOffsetMs = 0;
  private wait = FIRST_WAIT_MS;
  private socket: WebSocket | null = null;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  /** `seq` is the last event that the page knows. */
  constructor(
    public seq: number,
    private readonly on: LineListener,
  ) {
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.retryNow());
  }

  connect(): void {
    clearTimeout(this.retry);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws?since=${this.seq}`);
    this.socket = socket;
    socket.onmessage = (message: MessageEvent<string>) => this.take(JSON.parse(message.data) as LineMessage | CallEvent);
    socket.onclose = (closed) => this.lost(socket, closed.code);
    this.listenForSilence();
  }

  /** Tell callguard that an event is on the screen. */
  drawn(seq: number): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "drawn", seq }));
  }

  /** The server's clock, in ms. */
  now(): number {
    return Date.now() + this.serverOffsetMs;
  }

  private take(body: LineMessage | CallEvent): void {
    this.listenForSilence();
    switch (body.type) {
      case "hello":
        this.wait = FIRST_WAIT_MS;
        this.serverOffsetMs = Date.parse(body.server_time) - Date.now();
        this.on.line(true);
        this.on.health(body.health);
        this.on.staff(false); // whoever came or went while the line was down
        if (body.seq < this.seq) this.startOver(body.seq); // another database: our numbers mean nothing there
        break;
      case "beat":
        this.on.health(body.health);
        break;
      case "staff":
        this.on.staff(body.edited);
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

  private startOver(seq: number): void {
    this.seq = seq;
    this.on.reset();
  }

  private lost(socket: WebSocket, code: number): void {
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

  private retryNow(): void {
    if (!this.socket) this.connect();
  }

  private listenForSilence(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const socket = this.socket;
      socket?.close();
      if (socket) this.lost(socket, 1006); // a dead peer never answers the goodbye
    }, SILENT_MS);
  }
}
