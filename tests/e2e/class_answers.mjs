// What learners write to the questions of tools/mechanics: right, nearly right, wrong, in other units. Beside the text
// stands what it means, so that nobody has to read it again to know what it is worth.

// What is right, by physics and not by the course's keys.
const truths = {
  "average-speed": () => (300 - 120) / (40 - 10),
  "displacement-drawn": ({ start, end }) => end - start,
  "speed-unit": () => [90 / 3.6, (90 / 60)],
  braking: ({ v0, a }) => (v0 * v0) / (2 * a),
  "second-law": () => 12 / 3,
  lift: ({ m, a }) => m * (9.81 + a),
  "friction-angle": ({ alpha }) => Math.tan((alpha / 180) * Math.PI),
  "work-flat": () => 40 * 25,
  "pendulum-speed": ({ h }) => Math.sqrt(2 * 9.81 * h),
  "sticking-carts": () => (2 * 3) / (2 + 1),
};

export const truthOf = (question, numbers) => truths[question.name]?.(numbers);

// "1/2 m" may be meant in two ways, and its writer is told so.
const unreadable = "1/2 m v^2";
const formulas = {
  "free-fall-speed": { equal: ["sqrt(2*g*h)", "(2 g h)^(1/2)", "sqrt(g)*sqrt(2 h)"], other: ["sqrt(g*h)", "2*g*h"] },
  "incline-acceleration": { equal: ["g*sin(a)", "sin(a) g"], other: ["g*cos(a)", "g"] },
  "kinetic-energy": { equal: ["m*v^2/2", "(1/2) m v^2", "0.5*m*v*v"], other: ["m*v^2", "m*v/2"] },
};

const words = ["inertia", "Inertia", "mass", "inertial mass", "its momentum", "force"];

// Units that say the same, and how many of them make one of the key's.
const sameUnits = {
  m: [["m", 1], ["cm", 100]], "m/s": [["m/s", 1], ["km/h", 3.6]], "m/s^2": [["m/s^2", 1], ["cm/s^2", 100]],
  N: [["N", 1], ["kN", 0.001]], J: [["J", 1], ["kJ", 0.001]],
};

// mulberry32: the same seed plays the same class again.
export function chance(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  const pick = (list) => list[below(list.length)];
  const shuffled = (list) => list.map((one) => [next(), one]).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
  return { next, below, pick, shuffled };
}

// A decimal as somebody types it: five digits are within every tolerance.
function typed(number, dice) {
  const text = String(Number(number.toPrecision(5)));
  return dice.next() < 0.3 ? text.replace(".", ",") : text;
}

function numeric(key, truth, good, dice) {
  const [unit, factor] = key.units === "ignored" ? ["", 1] : dice.pick(sameUnits[key.unit]);
  const way = good ? "right" : dice.pick(["bare", "sign", "shift", "unit", "wrong", "wrong"]);
  const ways = {
    right: [truth * factor, unit],
    bare: [truth, ""],
    sign: [-truth * factor, unit],
    shift: [truth * factor * dice.pick([10, 0.1]), unit],
    unit: [truth, "kg"],
    wrong: [truth * factor * 1.5, unit], // two carts of 2 m/s: the 3 m/s that the planted key has
  };
  const [value, written] = ways[way];
  const number = Number(value.toPrecision(5));
  return { body: { text: `${typed(number, dice)}${written && ` ${written}`}` }, meant: { number, unit: written } };
}

function blanks(truth, good, dice) {
  const meant = truth.map((number) => ({ number: good || dice.next() < 0.5 ? number : number * 3, unit: "" }));
  if (!good && dice.next() < 0.3) meant[1] = undefined;
  return { body: { text: meant.map((one) => (one ? typed(one.number, dice) : "")).join("\n") }, meant };
}

const choose = (list) => ({ body: { chosen: list.map((key) => ({ key })) } });

function choices(question, good, dice) {
  const keys = question.type === "true_false" ? ["true", "false"] : question.choices.map((one) => one.key);
  const right = question.key.choices.filter((one) => one.credit > 0).map((one) => one.key);
  if (good) return choose(dice.shuffled(right));
  if (question.type !== "multiple") return choose([dice.pick(keys)]);
  return choose(dice.shuffled(keys).slice(0, 1 + dice.below(keys.length)));
}

function pairs(question, good, dice) {
  const given = question.key.pairs.map(({ left, right }) => ({
    left,
    right: good || dice.next() < 0.4 ? right : dice.pick(question.targets).key,
  }));
  return { body: { pairs: good ? given : given.slice(dice.below(2)) } };
}

function ordering(question, good, dice) {
  const order = question.key.order.map((one) => one.key);
  return choose(good ? order : dice.shuffled(order));
}

// An answer to a question of course.json that shows these numbers; `good` says whether its writer knows.
export function answerTo(question, numbers, good, dice) {
  const truth = truthOf(question, numbers);
  switch (question.type) {
    case "numeric":
      return numeric(question.key.numbers[0], truth, good, dice);
    case "blanks":
      return blanks(truth, good, dice);
    case "formula": {
      const meant = good ? "equal" : dice.pick(["other", "other", "unreadable"]);
      if (meant === "unreadable") return { body: { text: unreadable }, meant };
      return { body: { text: dice.pick(formulas[question.name][meant]) }, meant };
    }
    case "text":
      return { body: { text: good ? words[dice.below(4)] : dice.pick(words) } };
    case "matching":
      return pairs(question, good, dice);
    case "ordering":
      return ordering(question, good, dice);
    case "essay":
      return { body: { text: `Energy tells the speed.\n\nIt does not tell the time. (${dice.below(1000)})` } };
    default:
      return choices(question, good, dice);
  }
}

// The numbers that a prompt shows in the places of its parameters.
export function numbersIn(question, html) {
  const text = html.replace(/<[^>]*>/g, "");
  const parts = question.prompt.split(/\{(\w+)\}/);
  const literal = (part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const wanted = parts.map((part, i) => (i % 2 ? `(?<${part}>[\\d.]+)` : literal(part))).join("");
  const { groups } = new RegExp(parts.length > 1 ? wanted : "").exec(text);
  return Object.fromEntries(Object.entries(groups ?? {}).map(([name, value]) => [name, Number(value)]));
}
