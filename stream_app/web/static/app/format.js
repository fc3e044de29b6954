// Numbers, times and anomalies as people read them.

export const MARKS = { act: "▲", attention: "●", sensor: "✕", silent: "○", learning: "◆", normal: "·" };
export const WORDS = {
  act: "act", attention: "attention", sensor: "sensor fault", silent: "silent", learning: "learning", normal: "normal",
};
const ACT_GRADE = 0.8;

/** The state that an anomaly stands for. */
export const stateOf = (anomaly) => (anomaly.grade >= ACT_GRADE ? "act" : "attention");

export function number(value, digits = 4) {
  if (value == null || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return value.toExponential(2).replace("e+", "e").replace("-", "−");
  const decimals = size === 0 ? 0 : Math.max(0, Math.min(6, digits - 1 - Math.floor(Math.log10(size))));
  return value.toLocaleString("en", { maximumFractionDigits: decimals }).replace("-", "−");
}

export const whole = (value) => (value == null ? "–" : Math.round(value).toLocaleString("en"));
export const withUnit = (value, unit) => number(value) + (unit && value != null ? ` ${unitName(unit)}` : "");

const UNITS = { degC: "°C", degF: "°F", m3: "m³", "m3/h": "m³/h", "m/s2": "m/s²" };
export const unitName = (unit) => UNITS[unit] ?? unit ?? "";

export function milliseconds(value) {
  if (value == null) return "–";
  return value >= 10_000 ? `${number(value / 1000, 3)} s` : `${number(value, 3)} ms`;
}

const two = (n) => String(n).padStart(2, "0");

/** The clock in the viewer's zone; with `tenths` of a second. */
export function clock(ms, tenths = false) {
  const at = new Date(ms);
  const base = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return tenths ? `${base}.${Math.floor(at.getMilliseconds() / 100)}` : base;
}

/** Clock, with the day where it is not today. */
export function when(ts) {
  const at = new Date(ts);
  const today = new Date().toDateString() === at.toDateString();
  const day = today ? "" : `${at.toLocaleDateString("en", { day: "numeric", month: "short" })} `;
  return day + clock(at.getTime());
}

export const utc = (ms) => `${new Date(ms).toISOString().replace("T", " ").replace(/\.?0*Z$/, "")} UTC`;

/** A moment on a chart: in the viewer's zone, and in UTC. */
export const moment = (ms) => (Number.isFinite(ms) ? `${clock(ms, true)} · ${utc(ms).slice(11, 19)} UTC` : "");

export function duration(seconds) {
  if (seconds < 0) return "0 s";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const lasting = (anomaly) =>
  duration((Date.parse(anomaly.end_ts ?? new Date().toISOString()) - Date.parse(anomaly.start_ts)) / 1000);

/** What a sensor is called beside its asset. */
export const shortName = (sensorId, assetId) =>
  sensorId.startsWith(`${assetId}/`) ? sensorId.slice(assetId.length + 1) : sensorId;

const FEATURES = { value: "value", ewma: "smoothed value", rate_per_s: "rate of change", macd: "trend", macd_signal: "slow trend" };

/** A feature's name in words: std_10 is the spread over 10 readings. */
export function featureName(name) {
  if (FEATURES[name]) return FEATURES[name];
  const [, what, count] = /^(mean|std)_(\d+)$/.exec(name) ?? [];
  if (what) return what === "mean" ? `mean of ${count}` : `spread over ${count}`;
  const [, hz] = /^logmel_\d+_(\d+)_hz$/.exec(name) ?? [];
  if (hz) return `level at ${hz} Hz`;
  return name.replaceAll("_", " ");
}

function expected(anomaly) {
  if (anomaly.expected == null) return "";
  if (anomaly.low == null || anomaly.high == null) return `, expected ${number(anomaly.expected)}`;
  const up = anomaly.high - anomaly.expected;
  const down = anomaly.expected - anomaly.low;
  const even = Math.abs(up - down) <= 0.02 * (up + down);
  return even
    ? `, expected ${number(anomaly.expected)} ± ${number(up, 2)}`
    : `, expected ${number(anomaly.low)} to ${number(anomaly.high)}`;
}

/** What is strange, in one short clause: "vibration 4.8 mm/s, expected 2.1 ± 0.3". */
export function clause(anomaly) {
  const name = shortName(anomaly.sensor_id, anomaly.asset_id).replaceAll("_", " ");
  if (anomaly.value == null) return `${name}: ${anomaly.kind} unlike the healthy ones`;
  return `${name} ${withUnit(anomaly.value, anomaly.unit)}${expected(anomaly)}`;
}

/** The same with the two features that weigh most beside it. */
export function sentence(anomaly) {
  const others = anomaly.features
    .filter((feature) => feature.name !== "value")
    .slice(0, 2)
    .map((feature) => {
      const was = feature.expected == null ? "" : ` (expected ${number(feature.expected, 2)})`;
      const name = featureName(feature.name);
      return `${name}${/\d$/.test(name) ? " readings" : ""} ${number(feature.value, 2)}${was}`;
    });
  const text = [clause(anomaly), ...others].join("; ");
  return text[0].toUpperCase() + text.slice(1) + ".";
}
