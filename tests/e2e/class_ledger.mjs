// What must have come of everything that the class did: each wish judged by the rules as of the moment at which the
// service decided it, each answer graded, each attempt summed up.
import assert from "node:assert/strict";
import { truthOf } from "./class_answers.mjs";
import {
  afterPenalty, endOf, kept, lastCall, micros, momentOf, NEVER, penaltyOf, pointsOf, policyAt, shareOf, worthOfAnswer,
} from "./class_rules.mjs";

// ---- an attempt, wish by wish

class Sitting {
  constructor(attempt, policies, granted) {
    Object.assign(this, { attempt, policies, granted, last: attempt.started, answeredAt: 0, answers: new Map() });
    Object.assign(this, { finished: new Map(), hints: new Map() });
    this.end = endOf(policies, granted, attempt.started);
    this.closes = lastCall(policies, this.end);
  }

  // What must be said to the wish if it is decided at `now`.
  judge(act, now) {
    const over = this.over || now >= this.end;
    switch (act.what) {
      case "save":
        return this.judgeSave(act, now);
      case "submit":
        return this.over ? {} : momentOf(this.last, act.told, now);
      case "finish":
        if (this.finished.has(act.slot)) return {};
        if (over) return { problem: "attempt_over" };
        return policyAt(this.policies, now).feedback === "answered" ? {} : { problem: "feedback_later" };
      default:
        if (act.hint <= (this.hints.get(act.slot)?.taken ?? 0)) return {};
        if (over) return { problem: "attempt_over" };
        return this.finished.has(act.slot) ? { problem: "answer_final" } : {};
    }
  }

  judgeSave(act, now) {
    const { moment, problem } = momentOf(this.last, act.told, now);
    if (problem) return { problem };
    if (moment >= this.end) return { problem: "attempt_over" };
    if (this.over && (act.told === undefined || moment >= this.over.at)) return { problem: "attempt_over" };
    if (this.over || now >= this.closes) return { problem: "answer_too_late" };
    return this.finished.has(act.slot) ? { problem: "answer_final" } : { moment };
  }

  take(act, now, moment) {
    const slot = this.attempt.slots[act.slot - 1];
    if (act.what === "save") {
      this.answers.set(act.slot, act.answer ?? undefined);
      this.last = this.answeredAt = moment;
    } else if (act.what === "finish" && !this.finished.has(act.slot)) {
      this.finished.set(act.slot, act.position);
    } else if (act.what === "hint" && act.hint > (this.hints.get(act.slot)?.taken ?? 0)) {
      const cost = (this.hints.get(act.slot)?.cost ?? 0) + slot.question.hints[act.hint - 1].cost;
      this.hints.set(act.slot, { taken: act.hint, cost });
    } else if (act.what === "submit" && !this.over) {
      if (moment < this.end && now < this.closes) this.finishAt(moment, "learner", moment, now);
      else this.finishAt(this.end, "time", this.answeredAt, 0);
    }
  }

  finishAt(at, cause, done, heard) {
    this.over = { at, cause, penalty: penaltyOf(this.policies, this.granted, done, at, heard) };
  }
}

function checkSaved(event, { attempt, act, moment }) {
  const { fields } = event;
  assert.deepEqual([event.event, event.actor, fields.attempt, fields.slot], ["answer_saved", attempt.learner.person.id, attempt.id, act.slot]);
  assert.equal(micros(fields.answered_at), moment);
  assert.equal(fields.offline, act.told !== undefined);
  assert.equal(fields.answered, Boolean(act.answer));
  assert.deepEqual(fields.chosen, act.answer?.body.chosen);
  assert.deepEqual(fields.pairs, act.answer?.body.pairs);
}

function checkEnd(event, attempt, over) {
  const { attempt: id, submitted_at, cause, penalty } = event.fields;
  assert.deepEqual([id, micros(submitted_at), cause, penalty], [attempt.id, over.at, over.cause, over.penalty]);
}

// Two processes ask the same clock, but on virtual machines it is set back by milliseconds now and then.
const CLOCK_STEP_US = 20_000;

// Judges all that was wished in the attempt. `log` gives events: `at` a position, and those `of` an attempt.
export function settle(attempt, policies, granted, log) {
  const sitting = new Sitting(attempt, policies, granted);
  for (const act of attempt.acts) {
    const event = act.position && log.at(act.position);
    const now = event && micros(event.time);
    const between = event && act.sent - CLOCK_STEP_US <= now && now <= act.heard + CLOCK_STEP_US;
    if (event) assert.ok(between, `decided at ${event.time}, asked between ${act.sent} and ${act.heard}`);
    const lawful = (event ? [now] : [act.sent, act.heard]).map((time) => sitting.judge(act, time));
    const found = lawful.find(({ problem = "taken" }) => problem === act.outcome);
    const told = JSON.stringify({ ...act, end: sitting.end, closes: sitting.closes });
    assert.ok(found, `lawful: ${lawful.map(({ problem = "taken" }) => problem)}; it said ${act.outcome} to ${told}`);
    if (act.outcome !== "taken") continue;
    if (act.what === "save") checkSaved(event, { attempt, act, moment: found.moment });
    sitting.take(act, now, found.moment);
  }
  if (!sitting.over && sitting.end !== NEVER) sitting.finishAt(sitting.end, "time", sitting.answeredAt, 0);
  const ends = log.of(attempt.id).filter(({ event }) => event === "attempt_submitted");
  assert.equal(ends.length, sitting.over ? 1 : 0, "handed in or closed, once");
  if (sitting.over) checkEnd(ends[0], attempt, sitting.over);
  return { ...attempt, sitting, ended: ends[0]?.position };
}

// ---- what it is worth

// `keys`: { at(question, position), latest(question) } of { number, key, wanted }.
export function gradeSlot(settled, slot, key) {
  const answer = settled.sitting.answers.get(slot.slot);
  const wanted = key.wanted ?? truthOf(slot.question, slot.numbers);
  const { ppm, verdict } = worthOfAnswer(slot.question, key.key, wanted, answer);
  return { verdict, key: key.number, points: pointsOf(slot.points, ppm, settled.sitting.hints.get(slot.slot)?.cost ?? 0) };
}

export function grade(settled, keys) {
  return settled.slots.map((slot) =>
    gradeSlot(settled, slot, keys.at(slot.question, settled.sitting.finished.get(slot.slot) ?? settled.ended)));
}

// The sum, once all is decided; being late is counted in.
export function sumOf(settled) {
  if (!settled.sitting.over || settled.grades.some(({ verdict, marked }) => verdict === "undecided" && !marked)) return undefined;
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const points = afterPenalty(sum(settled.grades.map((one) => one.points)), settled.sitting.over.penalty);
  return { points, of: sum(settled.slots.map((slot) => slot.points)) };
}

// What another key changes: the places, with what they were and will be.
export function regrade(attempts, question, key, policy) {
  const changes = [];
  let same = 0;
  for (const settled of attempts.filter((one) => one.sitting.over))
    for (const [i, slot] of settled.slots.entries()) {
      if (slot.question !== question) continue;
      const [before, after] = [settled.grades[i], gradeSlot(settled, slot, key)];
      if (policy === "keep_better" ? after.points > before.points : true) changes.push({ settled, i, before, after });
      else same++;
    }
  return { changes, same };
}

// What an item keeps of a learner's attempts, in their order; undefined when none is graded.
export function keptOf(attempts, keeps) {
  const shares = attempts.map(sumOf).filter(Boolean).map(({ points, of }) => shareOf(points, of));
  return kept(keeps, shares);
}
