// The points of one sensor as the chart wants them: times, band and values side by side.

// The last band holds on for so long, or for twice the distance between bands.
const HOLD_US = 30e6;

/** Points in order of time, and the band of the expected at times of its own. */
export class Points {
  constructor(series) {
    this.ts = series.ts_us;
    this.value = series.value;
    this.band = series.band;
  }

  get newest() {
    return this.ts.length ? this.ts.at(-1) : null;
  }

  get last() {
    return this.value.findLast((value) => value != null) ?? null;
  }

  /** The last known band, or null where none is known. */
  get expected() {
    const { expected, low, high } = this.band;
    return expected.length ? { expected: expected.at(-1), low: low.at(-1), high: high.at(-1) } : null;
  }

  /** Add what came; a late point stands where its time is, and what is known already is not added twice. */
  add(news) {
    const late = this.ts.length && news.ts_us.length && news.ts_us[0] <= this.ts.at(-1);
    const ts = this.ts.concat(news.ts_us);
    const value = this.value.concat(news.value);
    if (late) {
      const order = ts.map((_, i) => i).sort((a, b) => ts[a] - ts[b] || a - b);
      const kept = order.filter((i, at) => ts[i] !== ts[order[at + 1]]);
      this.ts = kept.map((i) => ts[i]);
      this.value = kept.map((i) => value[i]);
    } else {
      this.ts = ts;
      this.value = value;
    }
    for (const name of ["ts_us", "expected", "low", "high"]) this.band[name] = this.band[name].concat(news.band[name]);
  }

  /** Forget what is older than a time in µs. */
  forget(before) {
    const first = this.ts.findIndex((ts) => ts >= before);
    if (first > 0) {
      this.ts = this.ts.slice(first);
      this.value = this.value.slice(first);
    }
  }

  /** [seconds, low, high, expected, value]: the band drawn through at the times of the values. */
  columns() {
    const { ts_us: at, expected, low, high } = this.band;
    const columns = [[], [], [], [], this.value];
    const hold = Math.max(HOLD_US, at.length > 1 ? 2 * (at.at(-1) - at.at(-2)) : 0);
    let j = 0;
    for (const ts of this.ts) {
      while (j < at.length && at[j] <= ts) j += 1;
      columns[0].push(ts / 1e6);
      const share = j > 0 && j < at.length ? (ts - at[j - 1]) / (at[j] - at[j - 1]) : 0;
      const known = j > 0 && (j < at.length || ts - at[j - 1] < hold);
      [low, high, expected].forEach((column, k) => {
        const from = known ? column[j - 1] : null;
        columns[k + 1].push(from == null || !share ? from : column[j] == null ? from : from + share * (column[j] - from));
      });
    }
    return columns;
  }
}
