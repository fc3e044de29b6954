// Which stretch of time is shown: following the right edge, or held by the viewer.

export const SPANS = [[60, "1 min"], [300, "5 min"], [900, "15 min"], [3600, "1 h"]];
const USUAL_S = 300;
const SHORTEST_S = 0.5;

export class TimeRange {
  /** From a query {range} or {from, to}. */
  constructor(query) {
    const from = Date.parse(query.from) / 1000;
    const to = Date.parse(query.to) / 1000;
    this.held = to > from ? { from, to } : null;
    this.span = Number(query.range) > 0 ? Number(query.range) : USUAL_S;
    this.edge = null;
  }

  get live() {
    return this.held === null;
  }

  /** The right edge goes on to the newest point; never back. */
  reach(seconds) {
    if (seconds != null && (this.edge === null || seconds > this.edge)) this.edge = seconds;
  }

  /** [from, to] in seconds. */
  get shown() {
    if (this.held) return [this.held.from, this.held.to];
    const to = this.edge ?? Date.now() / 1000;
    return [to - this.span, to];
  }

  hold(from, to) {
    if (to - from >= SHORTEST_S) this.held = { from, to };
  }

  follow(span = this.span) {
    this.span = span;
    this.held = null;
  }

  /** Move by a share of what is shown. */
  move(share) {
    const [from, to] = this.shown;
    const by = share * (to - from);
    this.hold(from + by, to + by);
  }

  /** Show `factor` times as long a stretch; while following, up to the same edge. */
  zoom(factor) {
    const [from, to] = this.shown;
    const middle = (from + to) / 2;
    const half = ((to - from) * factor) / 2;
    this.hold(middle - half, middle + half);
  }

  get query() {
    if (this.held) return { from: iso(this.held.from), to: iso(this.held.to) };
    return this.span === USUAL_S ? {} : { range: this.span };
  }
}

export const iso = (seconds) => new Date(seconds * 1000).toISOString();
