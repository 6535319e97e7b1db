// A course that is graded: its people, its questions of several types, its assessments, and what people do with them.
import { done, Person } from "./client.mjs";
import { eventually } from "./system.mjs";

export const COURSES = "/api/v1/courses";
// Each stands in one kind of text alone, so that a leak is found wherever it is, and says what leaked.
export const SAID = "onlyfeedbacksays";
export const SOLVES = "onlythekeyknows";
export const EXPLAINS = "onlyexplanationtells";

const listed = (...list) => list.map(([key, text]) => ({ key, text }));
export const keys = (...list) => list.map((key) => ({ key }));
export const written = {
  single: { prompt: "Which is a vector?", choices: listed(["a", "Mass"], ["b", "Force"], ["c", "Time"]) },
  multiple: { prompt: "Which have a direction?", choices: listed(["a", "Mass"], ["b", "Force"], ["c", "Velocity"]) },
  true_false: { prompt: "Momentum is conserved." },
  numeric: {
    prompt: "A mass of {m} kg moves at 2 m/s. Its momentum?",
    parameters: [{ name: "m", values: [{ value: "3" }, { value: "5" }] }],
  },
  text: { prompt: "Who wrote the *Principia*?" },
  matching: { prompt: "Match.", choices: listed(["a", "Mass"], ["b", "Length"]), targets: listed(["x", "kg"], ["y", "m"]) },
  ordering: { prompt: "Shortest first.", choices: listed(["a", "Nanometre"], ["b", "Metre"], ["c", "Parsec"]) },
  blanks: { prompt: "Force is [[1]] times [[2]]." },
  formula: { prompt: "The kinetic energy of $m$ at $v$?" },
  essay: { prompt: "Why do planets move?" },
};
export const types = Object.keys(written);
export const keyOf = {
  single: { choices: [{ key: "b", credit: 1000 }, { key: "a", credit: 0, feedback: `A number, ${SAID}` }] },
  multiple: { choices: [{ key: "b", credit: 500 }, { key: "c", credit: 500, feedback: SAID }], scoring: "per_part" },
  true_false: { choices: [{ key: "true", credit: 1000 }, { key: "false", credit: 0, feedback: SAID }] },
  numeric: { numbers: [{ value: "2*m", unit: "kg m/s", slips: [{ slip: "missing_unit", credit: 500 }] }] },
  text: {
    patterns: [
      { pattern: `*newton*{,${SOLVES}}`, credit: 1000 },
      { pattern: "*hooke*", credit: 250, feedback: `Nearly, *${SAID}*` },
      { pattern: "*leibniz*", credit: 0, feedback: `His rival, ${SAID}` },
    ],
  },
  matching: { pairs: [{ left: "a", right: "x" }, { left: "b", right: "y" }] },
  ordering: { order: keys("a", "b", "c"), scoring: "per_part" },
  blanks: {
    blanks: [
      { patterns: [{ pattern: "mass", credit: 1000 }, { pattern: "weight", credit: 0, feedback: SAID }] },
      { patterns: [{ pattern: "acceleration", credit: 1000 }] },
    ],
  },
  formula: { formula: "m*v^2/2", variables: [{ name: "m" }, { name: "v" }] },
};

// All of a list, from pages of one.
export async function pages(person, path) {
  const found = [];
  let cursor = "";
  do {
    const { data, next } = await done(200, person.get(`${path}?limit=1${cursor && `&cursor=${cursor}`}`));
    found.push(...data);
    cursor = next;
  } while (cursor);
  return found;
}

export const slot = (question) => ({ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] });

const policy = (given = {}) => ({
  late_window_s: 0, late_penalty: 0, keeps: "best", feedback: "submitted", shows_key: true, graders: 1, release: "automatic",
  shuffles_questions: false, shuffles_choices: false, ...given,
});

export class Classroom {
  // Bob and Ada learn, the instructor has two assistants, and there is a question of every type.
  static async open(system, client) {
    const room = new Classroom();
    const here = (name) => Person.here(system, client, { name });
    [room.instructor, room.assistant, room.second, room.ada, room.bob] = await Promise.all(
      ["Ida Instructor", "Abe Assistant", "Sam Second", "Ada Learner", "Bob Learner"].map(here),
    );
    room.outline = [];
    room.questions = {};
    await room.instructor.become("instructor");
    await room.begins();
    return room;
  }

  async begins() {
    const { instructor } = this;
    this.course = (await done(201, instructor.post(COURSES, { title: "Mechanics", language: "en", level: "introductory" }))).id;
    for (const { id } of [this.assistant, this.second])
      await done(200, instructor.put(`${COURSES}/${this.course}/staff/${id}`, { role: "assistant" }));
    for (const type of types)
      this.questions[type] = await this.writeQuestion(
        { type, explanation: `Because, says ${EXPLAINS}.`, ...written[type] },
        keyOf[type],
      );
    await done(200, instructor.put(`/api/v1/questions/${this.questions.essay}/rubric`, {
      version: 1,
      criteria: [{ key: "idea", title: "The idea", points_milli: 600 }, { key: "form", title: "Its form", points_milli: 400 }],
    }));
  }

  // Everybody has heard of what anybody did.
  share() {
    const people = [this.instructor, this.assistant, this.second, this.ada, this.bob];
    const position = Math.max(...people.map((person) => person.position));
    for (const person of people) person.position = position;
  }

  // ---- what staff makes

  async writeQuestion(definition, key) {
    const { id } = await done(201, this.instructor.post(`${COURSES}/${this.course}/questions`, definition));
    if (key) await done(200, this.instructor.put(`/api/v1/questions/${id}/key`, { version: 1, seen: 0, ...key }));
    return id;
  }

  setPolicy(id, given) {
    return done(200, this.instructor.put(`/api/v1/assessments/${id}/policy`, policy(given)));
  }

  async publish() {
    const { instructor, course, outline } = this;
    await done(200, instructor.put(`${COURSES}/${course}/outline`, { sections: [{ title: "All", items: outline }] }));
    await done(201, instructor.post(`${COURSES}/${course}/editions`, {}));
    await done(200, instructor.put(`${COURSES}/${course}/enrolment/policy`, { admission: "open", seats: 0, places: 0 }));
    this.share();
  }

  // Each is {title, slots, policy, score}; all published in one edition, which the learners are on.
  async assessments(...wanted) {
    const ids = [];
    for (const { title = "Test", slots, policy: given, score } of wanted) {
      const { id } = await done(201, this.instructor.post(`${COURSES}/${this.course}/assessments`, { title, purpose: "exam", slots }));
      await this.setPolicy(id, given);
      this.outline.push({ item: id, required: true, ...(score ? { rule: "score", score_min: score } : { rule: "questions" }) });
      ids.push(id);
    }
    await this.publish();
    for (const learner of [this.ada, this.bob]) {
      await done(201, learner.post(`${COURSES}/${this.course}/enrolment`, {}));
      await done(200, learner.put(`${COURSES}/${this.course}/enrolment/edition`, {}));
    }
    this.share();
    return ids;
  }

  // ---- what people do

  read(person, attempt) {
    return done(200, person.get(`/api/v1/attempts/${attempt}`));
  }

  past(person, attempt, query = "") {
    return done(200, person.get(`/api/v1/attempts/${attempt}/grades${query}`));
  }

  async begin(learner, id, ...answers) {
    const { content } = await done(200, learner.get(`/api/v1/assessments/${id}`));
    const begun = learner.post(`/api/v1/assessments/${id}/attempts`, { course: this.course, paper: content });
    const attempt = (await done(201, begun)).id;
    for (const [place, answer] of answers.entries())
      await done(200, learner.put(`/api/v1/attempts/${attempt}/answers/${place + 1}`, answer));
    return attempt;
  }

  submit(learner, attempt) {
    return done(200, learner.post(`/api/v1/attempts/${attempt}/submission`));
  }

  async take(learner, id, ...answers) {
    const attempt = await this.begin(learner, id, ...answers);
    await this.submit(learner, attempt);
    this.share();
    return attempt;
  }

  mark(person, attempt, number, body) {
    return person.post(`/api/v1/attempts/${attempt}/responses/${number}/marks`, body);
  }

  // ---- what comes of it: staff sees it at once, and the grader is what must be waited for

  graded(attempt, ...slots) {
    return eventually(`${attempt} is graded`, async () => {
      const view = await this.read(this.instructor, attempt);
      return slots.every((number) => view.slots[number - 1].grade) && view;
    });
  }

  concluded(attempt) {
    return eventually(`${attempt} has its grade`, async () => {
      const view = await this.read(this.instructor, attempt);
      return view.grade && view;
    });
  }

  async bookEntry(learner, item) {
    const { data } = await done(200, this.instructor.get(`${COURSES}/${this.course}/gradebook`));
    return data.find((row) => row.learner === learner.id).entries.find((entry) => entry.item === item);
  }
}
