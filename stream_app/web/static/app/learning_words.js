// What happens to models, in words; each with a sign and the colour of a state.
import { number, when, whole } from "./format.js";

export const CAUSES = {
  sensor_fault: "sensor fault", regime_change: "regime change", asset_degradation: "asset degrades", fleet_shift: "fleet-wide shift",
  performance_loss: "performance loss",
};
export const CAUSE_STATES = {
  sensor_fault: "sensor", regime_change: "learning", asset_degradation: "act", fleet_shift: "attention", performance_loss: "attention",
};
export const ACTIONS = { retrain: "train the model again", inspect_sensor: "look at the sensor", inspect_asset: "look at the asset" };

const METRICS = {
  false_alarms_per_sensor_hour: "false alarms per sensor-hour", shadow_false_alarms_per_sensor_hour: "false alarms per sensor-hour, in shadow",
  alert_volume_per_sensor_hour: "alarms per sensor-hour, all detectors", rare_share: "share of rare rows (0.01 is right)",
  uncommon_share: "share of uncommon rows (0.1 is right)",
  calibration_ratio: "calibration ratio (1 is right)", latency_us_per_row: "µs a row", injected_roc_auc: "ROC-AUC, injected faults",
  injected_recall: "recall, injected faults", injected_precision: "precision, injected faults", injected_f1: "F1, injected faults",
  roc_auc: "ROC-AUC", f1: "F1", judged_share: "share of rows judged",
};
const MORE_IS_BETTER = /(roc_auc|recall|precision|f1|stability|judged_share|uncommon_share)$/;
const LESS_IS_BETTER = /(false_alarms|alarms_per_sensor_hour|volume_per_sensor_hour|latency_us_per_row|rare_share)$/;

export const metricName = (name) => METRICS[name] ?? name.replaceAll("_", " ");
export const isFloor = (name) => MORE_IS_BETTER.test(name);

const fromOne = (ratio) => Math.abs(Math.log(Math.max(ratio, 1e-9)));

/** Above 0 where `one` is better than `other`, below where it is worse, 0 where neither can be said. */
export function better(metric, one, other) {
  if (one == null || other == null || one === other) return 0;
  if (metric === "calibration_ratio") return Math.sign(fromOne(other) - fromOne(one));
  if (MORE_IS_BETTER.test(metric)) return Math.sign(one - other);
  return LESS_IS_BETTER.test(metric) ? Math.sign(other - one) : 0;
}

const version = (event) => `Version ${event.version}`;
const instead = (event) => (event.previous_version == null ? "" : ` in place of ${event.previous_version}`);
const who = (event) => (event.mode === "automatic" ? "by the gate" : `by ${event.by}`);
const broken = (event) => event.checks.filter((check) => !check.passed).map((check) => metricName(check.name)).join(", ");
const spoken = (text) => text.replaceAll("_", " ");

// State, sign, what happened, and more about it.
const WORDS = {
  ModelRegistered: (e) => ["learning", "◆", `${version(e)} registered as ${e.alias}`, `${spoken(e.algorithm)}, trained on ${whole(e.rows)} rows`],
  GateDecided: (e) => [e.passed ? "normal" : "attention", e.passed ? "✓" : "●", `${version(e)} ${e.passed ? "passed" : "did not pass"} the gate`, e.passed ? `all ${e.checks.length} bounds kept; promotion is ${e.mode}` : `beyond its bounds: ${broken(e)}`],
  ModelPromoted: (e) => ["learning", "▲", `${version(e)} promoted${instead(e)}`, `${who(e)}: ${e.reason}`],
  ModelRolledBack: (e) => ["attention", "▼", `Rolled back to version ${e.version}${instead(e)}`, `${who(e)}: ${e.reason}`],
  CanaryBegan: (e) => ["learning", "◆", `${version(e)} judges ${number(100 * e.share, 3)} % of the assets`, `${who(e)}: ${e.reason}`],
  CanaryEnded: (e) => ["normal", "·", `${version(e)} judges no asset any more`, `${who(e)}: ${e.reason}`],
  ModelLoaded: (e) => ["normal", "·", `${version(e)} loaded as ${e.alias}`, `by ${e.worker}`],
  ModelRefused: (e) => ["act", "✕", `${version(e)} refused by ${e.worker}`, e.detail],
  RetrainingRequested: (e) => ["learning", "◆", "Retraining requested", `because of ${CAUSES[e.cause] ?? e.cause}, on data from ${when(e.from_ts)}`],
  RetrainingRefused: (e) => ["normal", "·", `Retraining refused: ${spoken(e.reason)}`, e.detail],
  RetrainingStarted: (e) => ["learning", "◆", "Retraining started", `attempt ${e.attempt} by ${e.worker}, data ${when(e.from_ts)} to ${when(e.to_ts)}`],
  RetrainingSucceeded: (e) => ["learning", "◆", `Retraining led to version ${e.version}`, `${spoken(e.algorithm)} on ${whole(e.rows)} rows in ${number(e.seconds, 3)} s`],
  RetrainingFailed: (e) => ["attention", "●", `Retraining failed: ${spoken(e.reason)}`, `${e.detail}${e.retry_at ? `; again at ${when(e.retry_at)}` : ""}`],
  RetrainingTimedOut: (e) => ["attention", "●", "Retraining timed out", `after ${number(e.timeout_s, 3)} s`],
};

/** {state, mark, what, more} of an event of a model's life or of a retraining. */
export function words(event) {
  const [state, mark, what, more] = (WORDS[event.type] ?? ((e) => ["normal", "·", e.type, ""]))(event);
  return { state, mark, what, more };
}

/** Events with what several workers did alike told once. */
export function gathered(events) {
  const told = [];
  for (const event of events) {
    const last = told.at(-1);
    if (event.type === "ModelLoaded" && last?.type === event.type && last.version === event.version && last.alias === event.alias) {
      if (!last.workers.includes(event.worker)) last.workers.push(event.worker);
      last.worker = last.workers.length > 3 ? `${last.workers.length} workers` : last.workers.join(", ");
    } else told.push({ ...event, workers: [event.worker] });
  }
  return told;
}
