// The rules of learning a second time, in another language and from their description alone (schema/, the READMEs of
// commands/learning and commands/grading, projections/gradebook.sql): what answers are worth, until when they are taken,
// and what stands in the gradebook. Nothing here asks the service. Times are microseconds, shares parts per million.

export const FULL = 1_000_000;
export const NEVER = Infinity;
const PER_MILLE = 1000;
const CLOCK_SKEW = 60_000_000;
const OFFLINE_MAX = 14 * 24 * 3600 * 1_000_000;

export const micros = (iso) => Date.parse(`${iso.slice(0, 19)}Z`) * 1000 + Number((/\.(\d+)/.exec(iso)?.[1] ?? "").padEnd(6, "0"));

// Whole numbers, half of one rounded up.
const divided = (part, whole) => Math.floor((2 * part + whole) / (2 * whole));
export const shareOf = (points, of) => divided(points * FULL, of);

// ---- what an answer is worth

const worth = (ppm) => ({ ppm, verdict: ppm === 0 ? "wrong" : ppm === FULL ? "right" : "partly" });
const said = (verdict, perMille = 0) => ({ ppm: perMille * PER_MILLE, verdict });

const units = {
  m: ["length", 1], cm: ["length", 0.01], km: ["length", 1000],
  "m/s": ["speed", 1], "km/h": ["speed", 1 / 3.6], "m/s^2": ["acceleration", 1], "cm/s^2": ["acceleration", 0.01],
  N: ["force", 1], kN: ["force", 1000], J: ["energy", 1], kJ: ["energy", 1000], kg: ["mass", 1],
};

// `given` is { number, unit }, as the learner meant it; `wanted` the value in the key's unit.
function worthOfNumber(key, wanted, given) {
  const credit = (slip) => key.slips?.find((one) => one.slip === slip)?.credit ?? 0;
  const tolerance = Math.max(1e-9 * Math.abs(wanted), Number(key.absolute ?? 0), Number(key.relative ?? 0) * Math.abs(wanted));
  const near = (number) => Math.abs(number - wanted) <= tolerance;
  let { number } = given;
  if (key.units !== "ignored") {
    if (!given.unit) return near(number) ? said("missing_unit", credit("missing_unit")) : said("wrong");
    const [[kind, factor], [wantedKind, wantedFactor]] = [units[given.unit], units[key.unit]];
    if (kind !== wantedKind) return said("wrong_unit", near(number) ? credit("wrong_unit") : 0);
    number *= factor / wantedFactor;
  }
  if (near(number)) return worth(FULL);
  if (near(-number)) return said("sign", credit("sign"));
  if ([1, 2, 3].some((power) => near(number / 10 ** power) || near(number * 10 ** power)))
    return said("power_of_ten", credit("power_of_ten"));
  return said("wrong");
}

function worthOfChoices(question, key, chosen) {
  const credit = (choice) => key.choices.find((one) => one.key === choice)?.credit ?? 0;
  if (question.type !== "multiple") return worth(credit(chosen[0]) * PER_MILLE);
  const right = key.choices.filter((one) => one.credit > 0).map((one) => one.key);
  const hits = chosen.filter((choice) => right.includes(choice)).length;
  const misses = chosen.length - hits;
  if (key.scoring !== "per_part") return worth(misses === 0 && hits === right.length ? FULL : 0);
  const left = hits * PER_MILLE - misses * (key.penalty ?? PER_MILLE);
  return worth(left <= 0 ? 0 : shareOf(left, right.length * PER_MILLE));
}

// As many as need not be moved.
function longestRun(places) {
  const runs = places.map(() => 1);
  for (let i = 1; i < places.length; i++)
    for (let j = 0; j < i; j++) if (places[j] < places[i]) runs[i] = Math.max(runs[i], runs[j] + 1);
  return Math.max(0, ...runs);
}

function worthOfOrder(key, chosen) {
  const order = key.order.map((one) => one.key);
  const run = longestRun(chosen.map((choice) => order.indexOf(choice)));
  if (key.scoring !== "per_part") return worth(run === order.length ? FULL : 0);
  return worth(run === 0 ? 0 : shareOf(run - 1, order.length - 1));
}

function worthOfPairs(question, key, pairs) {
  const right = (left) => key.pairs.find((pair) => pair.left === left)?.right;
  return worth(shareOf(pairs.filter((pair) => pair.right === right(pair.left)).length, question.choices.length));
}

// Of patterns as far as this course has them: {one,other} and *.
function worthOfText(patterns, text) {
  const matches = ({ pattern }) =>
    new RegExp(`^${pattern.replace(/\*/g, ".*").replace(/\{/g, "(").replace(/\}/g, ")").replace(/,/g, "|")}$`, "i").test(text);
  return worth(Math.max(0, ...patterns.filter(matches).map((one) => one.credit)) * PER_MILLE);
}

function worthOfBlanks(key, wanted, given) {
  const shares = key.blanks.map((blank, i) => (given[i] ? worthOfNumber(blank.numbers[0], wanted[i], given[i]).ppm : 0));
  return worth(shareOf(shares.reduce((a, b) => a + b), key.blanks.length * FULL));
}

// `answer.meant` says what an answer of numbers or formulas means; `wanted` is what is right by this key.
export function worthOfAnswer(question, key, wanted, answer) {
  if (!answer) return said("unanswered");
  const chosen = answer.body.chosen?.map((one) => one.key);
  switch (question.type) {
    case "numeric":
      return worthOfNumber(key.numbers[0], wanted, answer.meant);
    case "blanks":
      return worthOfBlanks(key, wanted, answer.meant);
    case "formula":
      return answer.meant === "unreadable" ? said("unreadable") : worth(answer.meant === "equal" ? FULL : 0);
    case "text":
      return worthOfText(key.patterns, answer.body.text);
    case "matching":
      return worthOfPairs(question, key, answer.body.pairs);
    case "ordering":
      return worthOfOrder(key, chosen);
    case "essay":
      return said("undecided");
    default:
      return worthOfChoices(question, key, chosen);
  }
}

// Hints cost their part of the question, and never more than there is.
export const pointsOf = (points, ppm, hintCost) => divided(points * Math.max(0, ppm - hintCost * PER_MILLE), FULL);
export const afterPenalty = (points, penalty) => divided(points * (PER_MILLE - penalty), PER_MILLE);
export const reaches = (points, of, perMille) => points * PER_MILLE >= of * perMille;

// ---- until when answers are taken

export function policyAt(policies, moment) {
  return policies.filter((policy) => policy.since <= moment).at(-1);
}

const moved = (bound, granted) => (bound === undefined ? NEVER : Math.max(bound, granted.due_at ?? 0));

function limitOf(policy, granted, started) {
  const limit = policy.time_limit_s === undefined ? NEVER : policy.time_limit_s * 10_000 * (100 + (granted.extra_time ?? 0));
  return Math.min(moved(policy.closes_at, granted), started + limit);
}

// The first moment at which the policy then in force says that the time is over.
export function endOf(policies, granted, started) {
  for (const [i, policy] of policies.entries()) {
    const until = policies[i + 1]?.since ?? NEVER;
    if (until <= started) continue;
    const end = Math.max(limitOf(policy, granted, started), policy.since > started ? policy.since : 0);
    if (end < until) return end;
  }
  return NEVER;
}

export const lastCall = (policies, end) => (end === NEVER ? NEVER : end + policyAt(policies, end).late_window_s * 1_000_000);

// When something told now was done: { moment }, or the { problem } with what the client's clock says.
export function momentOf(last, told, now) {
  if (told === undefined) return { moment: now };
  if (now - told > OFFLINE_MAX) return { problem: "time_too_old" };
  if (told < last - CLOCK_SKEW || told > now + CLOCK_SKEW) return { problem: "clock_wrong" };
  return { moment: Math.min(Math.max(told, last), now) };
}

// Late is who was done after the time, and who tells so long after it that nobody can know any more.
export function penaltyOf(policies, granted, done, ended, heard) {
  const policy = policyAt(policies, ended);
  const due = moved(policy.due_at, granted);
  return done > due || heard > due + policy.late_window_s * 1_000_000 ? policy.late_penalty : 0;
}

// ---- the gradebook

export function kept(keeps, shares) {
  if (shares.length === 0) return undefined;
  if (keeps === "latest") return shares.at(-1);
  if (keeps === "first") return shares[0];
  if (keeps === "average") return divided(shares.reduce((a, b) => a + b), shares.length);
  return Math.max(...shares);
}

// `entries`: [{ item, share }] of what counts, `categories`: [{ key, weight, drop_lowest, items }].
export function total(entries, categories) {
  let [sum, weights] = [0, 0];
  for (const { items, weight, drop_lowest } of categories) {
    const counted = entries
      .filter(({ item }) => items.includes(item))
      .sort((a, b) => a.share - b.share || (a.item < b.item ? -1 : 1))
      .map(({ share }) => share);
    if (counted.length === 0) continue;
    const rest = counted.slice(Math.min(drop_lowest, counted.length - 1));
    sum += weight * divided(rest.reduce((a, b) => a + b), rest.length);
    weights += weight;
  }
  return weights === 0 ? undefined : divided(sum, weights);
}
