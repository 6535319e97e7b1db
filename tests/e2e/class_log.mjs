// What the tests of a class need to go through many people and many events.
import assert from "node:assert/strict";

const AT_ONCE = 16;

// Some at a time, in their order.
export async function each(list, work, atOnce = AT_ONCE) {
  const left = [...list];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (left.length > 0) await work(left.shift());
  }));
}

export function grouped(list, name) {
  const groups = new Map();
  for (const one of list) groups.set(name(one), [...(groups.get(name(one)) ?? []), one]);
  return groups;
}

// The log as far as it was read; its positions have no gaps.
export class Log {
  constructor(system) {
    this.system = system;
    this.events = [];
    this.attempts = new Map();
  }

  async readOn() {
    for (const event of await this.system.events(this.events.length + 1)) {
      assert.equal(event.position, this.events.length + 1);
      this.events.push(event);
      const { attempt } = event.fields;
      if (attempt) this.attempts.set(attempt, [...(this.attempts.get(attempt) ?? []), event]);
    }
  }

  at(position) {
    return this.events[position - 1];
  }

  of(attempt) {
    return this.attempts.get(attempt) ?? [];
  }

  named(name) {
    return this.events.filter(({ event }) => event === name);
  }
}
