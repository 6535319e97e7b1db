// Who may do what: every route against every kind of caller. The table is written by hand, so that a route that opens
// by mistake is seen here.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertStatus, Client, PASSWORD, Person, unusedEmail } from "./client.mjs";
import { System } from "./system.mjs";
import { Wallet } from "./wallet.mjs";

// Things belong to the learner: the profile that is asked for (which shows itself to nobody), the session, the wallet,
// the simulation, which is private.
// "subject" is whom administrators act upon. The course is published, and the instructor's; who may what as its author or
// assistant, and while it is a draft, is told in course.test.mjs. The project is private, and the learner's; more of it in
// project_permission.test.mjs.
//
//                                                    nobody learner another instructor admin
const table = `
  POST   /api/v1/users                                 202     202     202     202      202
  GET    /api/v1/users                                 401     403     403     403      200
  POST   /api/v1/users/verification                    200     200     200     200      200
  POST   /api/v1/users/verification/requests           202     202     202     202      202
  POST   /api/v1/users/password/requests               202     202     202     202      202
  POST   /api/v1/users/password                        422     422     422     422      422
  POST   /api/v1/users/email/confirmation              422     422     422     422      422
  GET    /api/v1/users/me                              401     200     200     200      200
  PATCH  /api/v1/users/me/profile                      401     200     200     200      200
  PATCH  /api/v1/users/me/preferences                  401     200     200     200      200
  PUT    /api/v1/users/me/privacy                      401     200     200     200      200
  PUT    /api/v1/users/me/password                     401     200     200     200      200
  POST   /api/v1/users/me/email                        401     202     202     202      202
  POST   /api/v1/users/me/wallets/challenge            401     200     200     200      200
  POST   /api/v1/users/me/wallets                      401     201     201     201      201
  DELETE /api/v1/users/me/wallets/{address}            401     200     404     404      404
  GET    /api/v1/users/me/export                       401     200     200     200      200
  POST   /api/v1/users/me/erase                        401     200     200     200      200
  GET    /api/v1/users/{user}                          404     200     404     404      200
  PUT    /api/v1/users/{user}/roles/{role}             401     403     403     403      200
  DELETE /api/v1/users/{user}/roles/{role}             401     403     403     403      200
  POST   /api/v1/users/{user}/suspension               401     403     403     403      200
  DELETE /api/v1/users/{user}/suspension               401     403     403     403      200
  POST   /api/v1/achievements                          401     403     403     403      201
  GET    /api/v1/achievements                          401     200     200     200      200
  GET    /api/v1/achievements/preview                  401     403     403     403      200
  GET    /api/v1/achievements/{achievement}            401     200     200     200      200
  PUT    /api/v1/achievements/{achievement}            401     403     403     403      200
  DELETE /api/v1/achievements/{achievement}            401     403     403     403      200
  POST   /api/v1/achievements/awards/{award}/revocation 401    404     404     404      404
  GET    /api/v1/achievements/awards/{award}/credential 401    404     404     404      404
  GET    /api/v1/achievements/awards/{award}/badge.png 401     404     404     404      404
  GET    /api/v1/me/achievements                       401     200     200     200      200
  GET    /api/v1/me/mastery                            401     200     200     200      200
  GET    /api/v1/me/reviews                            401     200     200     200      200
  GET    /api/v1/me/next                               401     200     200     200      200
  POST   /api/v1/me/practice                           401     403     403     403      403
  GET    /api/v1/me/practice                           401     200     200     200      200
  POST   /api/v1/me/practice/{attempt}/answers/{slot}  401     404     404     404      404
  GET    /api/v1/me/transcript                         401     200     200     200      200
  GET    /api/v1/users/{user}/achievements             401     200     200     200      200
  GET    /api/v1/credentials/status/{number}           404     404     404     404      404
  GET    /api/v1/credentials/verify/{award}            404     404     404     404      404
  POST   /api/v1/media                                 401     403     403     201      201
  GET    /api/v1/media/{media}                         404     404     404     404      404
  POST   /api/v1/sessions                              201     201     201     201      201
  POST   /api/v1/sessions/refresh                      200     200     200     200      200
  POST   /api/v1/sessions/wallet/challenge             200     200     200     200      200
  POST   /api/v1/sessions/wallet                       201     201     201     201      201
  GET    /api/v1/sessions                              401     200     200     200      200
  DELETE /api/v1/sessions                              401     200     200     200      200
  DELETE /api/v1/sessions/current                      401     200     200     200      200
  DELETE /api/v1/sessions/{session}                    401     200     404     404      404
  POST   /api/v1/me/outbox                             401     200     200     200      200
  POST   /api/v1/courses                               401     403     403     201      201
  GET    /api/v1/courses                               200     200     200     200      200
  GET    /api/v1/courses/{course}                      200     200     200     200      200
  PATCH  /api/v1/courses/{course}                      401     403     403     200      200
  GET    /api/v1/courses/{course}/draft                401     403     403     200      200
  PUT    /api/v1/courses/{course}/objectives           401     403     403     200      200
  POST   /api/v1/courses/{course}/lessons              401     403     403     201      201
  PUT    /api/v1/courses/{course}/lessons/{lesson}     401     403     403     200      200
  GET    /api/v1/courses/{course}/lessons/{lesson}/revisions 401 403 403   200      200
  GET    /api/v1/lessons/{lesson}                      401     403     403     200      200
  GET    /api/v1/courses/{course}/lessons/{lesson}/changes   401 403 403   200      200
  GET    /api/v1/courses/{course}/changes              401     403     403     200      200
  PUT    /api/v1/courses/{course}/outline              401     403     403     200      200
  DELETE /api/v1/courses/{course}/items/{item}         401     403     403     404      404
  POST   /api/v1/courses/{course}/editions             401     403     403     201      409
  GET    /api/v1/courses/{course}/editions             200     200     200     200      200
  GET    /api/v1/courses/{course}/editions/{edition}   200     200     200     200      200
  GET    /api/v1/courses/{course}/staff                401     403     403     200      200
  PUT    /api/v1/courses/{course}/staff/{member}       401     403     403     200      200
  DELETE /api/v1/courses/{course}/staff/{member}       401     403     403     200      404
  PUT    /api/v1/courses/{course}/enrolment/policy     401     403     403     200      200
  GET    /api/v1/courses/{course}/enrolment/policy     401     403     403     200      200
  GET    /api/v1/courses/{course}/enrolment            200     200     200     200      200
  POST   /api/v1/courses/{course}/enrolment            401     201     201     201      201
  POST   /api/v1/lessons/{item}/views                  401     200     200     200      200
  POST   /api/v1/lessons/{item}/heartbeats             401     200     200     200      200
  PUT    /api/v1/lessons/{item}/place                  401     200     200     200      200
  GET    /api/v1/me/courses                            401     200     200     200      200
  GET    /api/v1/me/courses/{course}                   401     200     200     200      200
  PUT    /api/v1/courses/{course}/enrolment/edition    401     200     200     200      200
  GET    /api/v1/courses/{course}/cohorts              200     200     200     200      200
  PUT    /api/v1/courses/{course}/cohorts/{cohort}     401     403     403     200      200
  PUT    /api/v1/courses/{course}/invitations/{learner} 401    403     403     200      200
  DELETE /api/v1/courses/{course}/invitations/{learner} 401    403     403     200      404
  PUT    /api/v1/courses/{course}/learners/{learner}   401     403     403     200      200
  GET    /api/v1/courses/{course}/learners             401     403     403     200      200
  GET    /api/v1/courses/{course}/learners/{learner}   401     403     403     200      200
  PUT    /api/v1/courses/{course}/learners/{learner}/cohort 401 403    403     200      200
  POST   /api/v1/courses/{course}/learners/{learner}/accommodations 401 403 403 200    200
  POST   /api/v1/courses/{course}/learners/{learner}/transfer 401 403  403     409      409
  POST   /api/v1/courses/{course}/learners/{learner}/removal 401 403   403     200      404
  DELETE /api/v1/courses/{course}/enrolment            401     200     200     200      200
  PUT    /api/v1/courses/{course}/archived             401     403     403     200      200
  DELETE /api/v1/courses/{course}/archived             401     403     403     200      200
  GET    /api/v1/courses/{course}/archive              401     403     403     200      200
  POST   /api/v1/courses/import                        401     403     403     415      415
  POST   /api/v1/courses/{course}/clone                401     403     403     201      201
  GET    /api/v1/courses/{course}/check                401     403     403     200      200
  GET    /api/v1/me/courses/teaching                   401     200     200     200      200
  POST   /api/v1/bulk                                  401     403     403     200      200
  GET    /api/v1/assessments/{assessment}/marking      401     403     403     200      200
  GET    /api/v1/assessments/{assessment}/appeals      401     403     403     200      200
  POST   /api/v1/attempts/{attempt}/responses/{slot}/marks  401 404    404     404      404
  PUT    /api/v1/attempts/{attempt}/responses/{slot}/points 401 404    404     404      404
  POST   /api/v1/attempts/{attempt}/appeals            401     404     404     404      404
  POST   /api/v1/attempts/{attempt}/appeals/{appeal}/answer 401 404    404     404      404
  GET    /api/v1/courses/{course}/gradebook.csv        401     403     403     200      200
  GET    /api/v1/courses/{course}/questions/{question}/statistics 401 403  403     200      200
  GET    /api/v1/assessments/{assessment}/statistics   401     403     403     200      200
  GET    /api/v1/assessments/{assessment}/regrade      401     403     403     404      404
  GET    /api/v1/assessments/{assessment}/regrades     401     403     403     200      200
  POST   /api/v1/assessments/{assessment}/regrades     401     403     403     404      404
  POST   /api/v1/courses/{course}/questions            401     403     403     201      201
  GET    /api/v1/courses/{course}/questions            401     403     403     200      200
  GET    /api/v1/questions/{question}                  401     403     403     200      200
  PUT    /api/v1/questions/{question}                  401     403     403     200      200
  GET    /api/v1/questions/{question}/preview          401     403     403     200      200
  PUT    /api/v1/questions/{question}/key              401     403     403     200      200
  PUT    /api/v1/questions/{question}/rubric           401     403     403     200      200
  PUT    /api/v1/questions/{question}/use              401     403     403     200      200
  POST   /api/v1/courses/{course}/assessments          401     403     403     201      201
  GET    /api/v1/courses/{course}/assessments          401     403     403     200      200
  GET    /api/v1/assessments/{assessment}              401     404     404     200      200
  PUT    /api/v1/assessments/{assessment}              401     403     403     200      200
  PUT    /api/v1/assessments/{assessment}/policy       401     403     403     200      200
  POST   /api/v1/assessments/{assessment}/release      401     403     403     200      200
  POST   /api/v1/assessments/{assessment}/attempts     401     403     403     403      403
  GET    /api/v1/assessments/{assessment}/attempts     401     403     403     200      200
  GET    /api/v1/attempts/{attempt}                    401     404     404     404      404
  GET    /api/v1/attempts/{attempt}/grades             401     404     404     404      404
  PUT    /api/v1/attempts/{attempt}/answers/{slot}     401     404     404     404      404
  POST   /api/v1/attempts/{attempt}/answers/{slot}/finish 401  404     404     404      404
  PUT    /api/v1/attempts/{attempt}/answers/{slot}/hints/{hint} 401 404 404    404      404
  POST   /api/v1/attempts/{attempt}/submission         401     404     404     404      404
  DELETE /api/v1/questions/{question}                  401     403     403     200      200
  GET    /api/v1/courses/{course}/gradebook            401     403     403     200      200
  PUT    /api/v1/courses/{course}/gradebook            401     403     403     200      200
  GET    /api/v1/courses/{course}/gradebook/columns    401     403     403     200      200
  PUT    /api/v1/courses/{course}/gradebook/{learner}/{item}/override 401 403 403 404   404
  DELETE /api/v1/courses/{course}/gradebook/{learner}/{item}/override 401 403 403 404   404
  PUT    /api/v1/courses/{course}/gradebook/{learner}/{item}/excused  401 403 403 404   404
  GET    /api/v1/courses/{course}/gradebook/{learner}/{item}/history  401 403 403 200   200
  GET    /api/v1/me/courses/{course}/grades            401     200     200     200      200
  POST   /api/v1/projects                              401     201     201     201      201
  GET    /api/v1/projects                              200     200     200     200      200
  GET    /api/v1/projects/reported                     401     403     403     403      200
  GET    /api/v1/projects/{project}                    404     200     404     404      200
  PATCH  /api/v1/projects/{project}                    401     200     404     404      403
  GET    /api/v1/projects/{project}/revisions          401     200     404     404      200
  POST   /api/v1/projects/{project}/revisions/{revision}/restore 401 200 404   404      403
  GET    /api/v1/projects/{project}/changes            401     200     404     404      200
  GET    /api/v1/projects/{project}/activity           401     200     404     404      200
  PUT    /api/v1/projects/{project}/visibility         401     200     404     404      200
  PUT    /api/v1/projects/{project}/archived           401     200     404     404      200
  DELETE /api/v1/projects/{project}/archived           401     200     404     404      200
  GET    /api/v1/projects/{project}/members            401     200     404     404      200
  PUT    /api/v1/projects/{project}/invitations/{member} 401   200     404     404      200
  DELETE /api/v1/projects/{project}/invitations/{member} 401   200     404     404      404
  PUT    /api/v1/projects/{project}/members/{member}   401     404     404     404      404
  DELETE /api/v1/projects/{project}/members/{member}   401     404     404     404      404
  PUT    /api/v1/projects/{project}/owner              401     404     404     404      404
  PUT    /api/v1/projects/{project}/membership         401     200     404     404      404
  POST   /api/v1/projects/{project}/forks              401     201     404     404      201
  GET    /api/v1/projects/{project}/forks              404     200     404     404      200
  POST   /api/v1/projects/{project}/comments           401     201     404     404      201
  GET    /api/v1/projects/{project}/comments           404     200     404     404      200
  PUT    /api/v1/projects/{project}/comments/{comment} 401     404     404     404      404
  DELETE /api/v1/projects/{project}/comments/{comment} 401     404     404     404      404
  PUT    /api/v1/projects/{project}/like               401     200     404     404      200
  DELETE /api/v1/projects/{project}/like               401     200     200     200      200
  POST   /api/v1/projects/{project}/reports            401     200     404     404      200
  DELETE /api/v1/projects/{project}/reports            401     403     403     403      200
  PUT    /api/v1/projects/{project}/hidden             401     403     403     403      200
  DELETE /api/v1/projects/{project}/hidden             401     403     403     403      200
  GET    /api/v1/me/projects                           401     200     200     200      200
  GET    /api/v1/me/projects/invitations               401     200     200     200      200
  POST   /api/v1/simulations                           401     201     201     201      201
  GET    /api/v1/simulations                           200     200     200     200      200
  GET    /api/v1/me/simulations                        401     200     200     200      200
  POST   /api/v1/simulations/validate                  401     200     200     200      200
  GET    /api/v1/simulations/scenarios                 200     200     200     200      200
  GET    /api/v1/simulations/formulas                  200     200     200     200      200
  POST   /api/v1/simulations/formulas/curve            401     200     200     200      200
  GET    /api/v1/simulations/stream                    401     426     426     426      426
  GET    /api/v1/simulations/runs/{run_hash}/frames    401     404     404     404      404
  GET    /api/v1/simulations/compare                   401     404     404     404      404
  GET    /api/v1/simulations/{simulation}              404     200     404     404      200
  PATCH  /api/v1/simulations/{simulation}              401     200     404     404      404
  PATCH  /api/v1/simulations/{simulation}/scene        401     200     404     404      404
  PUT    /api/v1/simulations/{simulation}/scene        401     200     404     404      404
  GET    /api/v1/simulations/{simulation}/versions     404     200     404     404      200
  PUT    /api/v1/simulations/{simulation}/visibility   401     200     404     404      404
  PUT    /api/v1/simulations/{simulation}/project      401     200     404     404      404
  DELETE /api/v1/simulations/{simulation}/project      401     200     404     404      404
  POST   /api/v1/simulations/{parent}/forks            401     201     404     404      201
  POST   /api/v1/simulations/{simulation}/runs         401     201     404     404      201
  GET    /api/v1/simulations/{simulation}/runs         401     200     404     404      200
  GET    /api/v1/simulations/{simulation}/runs/{run}   404     404     404     404      404
  DELETE /api/v1/simulations/{simulation}/runs/{run}   401     404     404     404      404
  GET    /api/v1/simulations/{simulation}/runs/{run}/series 404 404    404     404      404
  GET    /api/v1/simulations/{simulation}/runs/{run}/series.csv 404 404 404    404      404
  POST   /api/v1/simulations/{simulation}/sweeps/preview 401 200       404     404      200
  POST   /api/v1/simulations/{simulation}/sweeps       401     201     404     404      201
  GET    /api/v1/simulations/{simulation}/sweeps       401     200     404     404      200
  GET    /api/v1/simulations/{simulation}/sweeps/{sweep} 404   404     404     404      404
  GET    /api/v1/simulations/{simulation}/sweeps/{sweep}/table.csv 404 404 404     404      404
  PUT    /api/v1/questions/{question}/task             401     403     404     404      422
  PUT    /api/v1/simulations/{simulation}/archived     401     200     404     404      404
  DELETE /api/v1/simulations/{simulation}/archived     401     200     404     404      404
`;
const CALLERS = ["nobody", "learner", "another", "instructor", "admin"];

const rows = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/))
  .map(([method, path, ...statuses]) => ({ route: `${method} ${path}`, method, path, statuses: statuses.map(Number) }));

// Who may what with awards is told in achievement.test.mjs; here nobody has one, and nobody reaches this rule: it is the
// platform's, and the learners of other tests are its learners too.
const noAward = "00000000-0000-4000-8000-000000000000";
let defined; // an achievement of the platform
const achievement = { kind: "badge", name: "Old", description: "Old.", criteria: "Come.", trigger: "enrolled", times: 1000 };

let system, client, callers, subject, course, lesson, edition, question, assessment, project, simulation;

async function newCaller(kind) {
  if (kind === "nobody") return { kind, send: (method, path, options) => client.send(method, path, options) };
  const person = await Person.here(system, client, { name: `The ${kind}` });
  person.kind = kind;
  return kind === "instructor" || kind === "admin" ? person.become(kind) : person;
}

before(async () => {
  system = await System.attach();
  client = await Client.of(system.base);
  callers = Object.fromEntries(await Promise.all(CALLERS.map(async (kind) => [kind, await newCaller(kind)])));
  subject = await Person.here(system, client, { name: "The subject" });
  subject.wallet = await link(subject);
  callers.learner.wallet = await link(callers.learner);
  assertStatus(await callers.learner.put("/api/v1/users/me/privacy", { audience: "nobody" }), 200);
  await publish(callers.instructor);
  project = (await callers.learner.post("/api/v1/projects", making)).json.id;
  simulation = (await callers.learner.post("/api/v1/simulations", { title: "Ball", scene: ball })).json.id;
  defined = (await callers.admin.post("/api/v1/achievements", achievement)).json.id;
});
after(() => system.release());

async function publish(person) {
  const make = async (path, json) => {
    const answer = await person.post(path, json);
    assertStatus(answer, 201);
    return answer.json.id;
  };
  course = await make("/api/v1/courses", { title: "Mechanics", language: "en", level: "introductory" });
  lesson = await make(`/api/v1/courses/${course}/lessons`, { title: "Velocity", body: "How fast, and where to." });
  assertStatus(await person.put(`/api/v1/courses/${course}/outline`, outline()), 200);
  edition = await make(`/api/v1/courses/${course}/editions`, {});
  question = await make(`/api/v1/courses/${course}/questions`, asking);
  assessment = await make(`/api/v1/courses/${course}/assessments`, paper());
  for (const kind of CALLERS) callers[kind].position = Math.max(callers[kind].position ?? 0, person.position);
}

const ball = {
  v: 1,
  bodies: [{ id: "ball", mass: 1, pos: [0, 10] }],
  params: { h: { path: "/bodies/0/pos/1", min: 1, max: 20 } },
  measure: [{ id: "E", kind: "energy" }],
};
const asking = { type: "numeric", prompt: "How much is {m} kg?", parameters: [{ name: "m", values: [{ value: "2" }] }] };
const paper = () => ({
  title: "Test", purpose: "quiz", slots: [{ points_milli: 1000, draw: 1, pool: [{ question, version: 1 }] }],
});
const making = { title: "Pendulum", language: "en", body: "Why" };
const outline = () => ({ sections: [{ title: "Basics", items: [{ item: lesson, required: true, rule: "viewed" }] }] });

async function link(person) {
  const wallet = new Wallet();
  const { json } = await person.post("/api/v1/users/me/wallets/challenge", { address: wallet.address });
  assertStatus(await person.post("/api/v1/users/me/wallets", wallet.answer(json)), 201);
  return wallet;
}

const email = () => unusedEmail("permission");
const madeUpToken = "A".repeat(43);
const UNKNOWN = "01890000-0000-7000-8000-000000000000";

// What to send so that nothing but a missing permission can stand in the way; a plain object is the body.
const requests = {
  "POST /api/v1/users": () => ({ email: email(), password: PASSWORD, name: "New", locale: "en", region: "GB" }),
  "POST /api/v1/users/verification": async () => ({ token: (await system.mail(subject.email)).token }),
  "POST /api/v1/users/verification/requests": () => ({ email: email() }),
  "POST /api/v1/users/password/requests": () => ({ email: email() }),
  "POST /api/v1/users/password": () => ({ token: madeUpToken, password: PASSWORD }),
  "POST /api/v1/users/email/confirmation": () => ({ token: madeUpToken }),
  "PATCH /api/v1/users/me/profile": () => ({ bio: "mine" }),
  "PATCH /api/v1/users/me/preferences": () => ({ theme: "light" }),
  "PUT /api/v1/users/me/privacy": () => ({ audience: "nobody" }),
  "PUT /api/v1/users/me/password": () => ({ current_password: PASSWORD, password: CHANGED }),
  "POST /api/v1/users/me/email": (caller) => ({ email: email(), password: caller.password ?? PASSWORD }),
  "POST /api/v1/users/me/wallets/challenge": () => ({ address: new Wallet().address }),
  "POST /api/v1/users/me/wallets": async (caller) => {
    const wallet = new Wallet();
    const asker = caller.kind === "nobody" ? subject : caller;
    return wallet.answer((await asker.post("/api/v1/users/me/wallets/challenge", { address: wallet.address })).json);
  },
  "POST /api/v1/achievements": () => achievement,
  "PUT /api/v1/achievements/{achievement}": () => achievement,
  "POST /api/v1/achievements/awards/{award}/revocation": () => ({ reason: "for the test" }),
  "POST /api/v1/media": () => ({ a: "file" }),
  "POST /api/v1/users/me/erase": () => ({ password: PASSWORD }),
  "POST /api/v1/users/{user}/suspension": () => ({ reason: "for the test" }),
  "POST /api/v1/me/outbox": () => [],
  "POST /api/v1/courses": () => ({ title: "Optics", language: "en", level: "advanced" }),
  "PATCH /api/v1/courses/{course}": () => ({ summary: "About motion" }),
  "PUT /api/v1/courses/{course}/objectives": () => ({ objectives: [] }),
  "POST /api/v1/courses/{course}/lessons": () => ({ title: "Force", body: "" }),
  "PUT /api/v1/courses/{course}/lessons/{lesson}": () => ({ title: "Speed", body: "" }),
  "PUT /api/v1/courses/{course}/outline": () => outline(),
  "POST /api/v1/courses/{course}/editions": () => ({}),
  "POST /api/v1/courses/import": () => ({ a: "course" }),
  "POST /api/v1/courses/{course}/clone": () => ({}),
  "PUT /api/v1/courses/{course}/staff/{member}": () => ({ role: "author" }),
  "POST /api/v1/bulk": () => [],
  "POST /api/v1/assessments/{assessment}/regrades": () => ({
    question: UNKNOWN, version: 1, key: 1, policy: "replace", previewed: 1, gains: 0, losses: 0, same: 0, reason: "None",
  }),
  "POST /api/v1/attempts/{attempt}/responses/{slot}/marks": () => ({ points_milli: 1 }),
  "PUT /api/v1/attempts/{attempt}/responses/{slot}/points": () => ({ points_milli: 1 }),
  "POST /api/v1/attempts/{attempt}/appeals": () => ({ slot: 0, text: "No" }),
  "POST /api/v1/attempts/{attempt}/appeals/{appeal}/answer": () => ({ outcome: "rejected", answer: "No" }),
  "PUT /api/v1/courses/{course}/gradebook": () => ({ categories: [], items: [] }),
  "PUT /api/v1/courses/{course}/gradebook/{learner}/{item}/override": () => ({ points_milli: 1, of_milli: 2, reason: "Ill" }),
  "PUT /api/v1/courses/{course}/gradebook/{learner}/{item}/excused": () => ({ excused: true, reason: "Ill" }),
  "PUT /api/v1/courses/{course}/enrolment/policy": () => ({ admission: "open", seats: 0, places: 0 }),
  "POST /api/v1/courses/{course}/enrolment": () => ({}),
  "PUT /api/v1/courses/{course}/enrolment/edition": () => ({}),
  "POST /api/v1/lessons/{item}/views": () => ({ course }),
  "POST /api/v1/lessons/{item}/heartbeats": () => ({ course, seconds: 30 }),
  "PUT /api/v1/lessons/{item}/place": () => ({ course, place: "newton" }),
  "PUT /api/v1/courses/{course}/cohorts/{cohort}": () => ({ name: "Autumn" }),
  "PUT /api/v1/courses/{course}/invitations/{learner}": () => ({}),
  "PUT /api/v1/courses/{course}/learners/{learner}": () => ({}),
  "PUT /api/v1/courses/{course}/learners/{learner}/cohort": () => ({}),
  "POST /api/v1/courses/{course}/learners/{learner}/accommodations": () => ({ extra_time: 25 }),
  "POST /api/v1/courses/{course}/learners/{learner}/transfer": () => ({ to: course }),
  "POST /api/v1/courses/{course}/learners/{learner}/removal": () => ({ reason: "for the test" }),
  "POST /api/v1/courses/{course}/questions": () => asking,
  "PUT /api/v1/questions/{question}": () => asking,
  "PUT /api/v1/questions/{question}/key": () => ({ version: 1, numbers: [{ value: "m", unit: "kg" }] }),
  "PUT /api/v1/questions/{question}/rubric": () => ({ version: 1, criteria: [{ key: "a", title: "Work", points_milli: 1 }] }),
  "PUT /api/v1/questions/{question}/use": () => ({ use: "both" }),
  "POST /api/v1/me/practice": () => ({ course }),
  "POST /api/v1/me/practice/{attempt}/answers/{slot}": () => ({ text: "42" }),
  "POST /api/v1/courses/{course}/assessments": () => paper(),
  "PUT /api/v1/assessments/{assessment}": () => paper(),
  "PUT /api/v1/assessments/{assessment}/policy": () => ({
    late_window_s: 0, late_penalty: 0, keeps: "best", feedback: "submitted", shows_key: true, graders: 1,
    release: "manual", shuffles_questions: false, shuffles_choices: false,
  }),
  "POST /api/v1/assessments/{assessment}/attempts": () => ({ course, paper: UNKNOWN }),
  "PUT /api/v1/attempts/{attempt}/answers/{slot}": () => ({ text: "42" }),
  "POST /api/v1/projects": () => making,
  "PATCH /api/v1/projects/{project}": () => ({ seen: 1, body: "Because" }),
  "POST /api/v1/projects/{project}/revisions/{revision}/restore": () => ({}),
  "PUT /api/v1/projects/{project}/visibility": () => ({ visibility: "private" }),
  "PUT /api/v1/projects/{project}/invitations/{member}": () => ({ role: "viewer" }),
  "PUT /api/v1/projects/{project}/members/{member}": () => ({ role: "viewer" }),
  "PUT /api/v1/projects/{project}/owner": () => ({ member: subject.id }),
  "POST /api/v1/projects/{project}/forks": () => ({}),
  "POST /api/v1/projects/{project}/comments": () => ({ text: "Nice" }),
  "PUT /api/v1/projects/{project}/comments/{comment}": () => ({ text: "Nicer" }),
  "POST /api/v1/projects/{project}/reports": () => ({ reason: "Copied" }),
  "PUT /api/v1/projects/{project}/hidden": () => ({ reason: "For the test" }),
  "POST /api/v1/simulations": () => ({ title: "Ball", scene: ball }),
  "POST /api/v1/simulations/validate": () => ({ scene: ball }),
  "POST /api/v1/simulations/formulas/curve": () => ({
    formula: "constant",
    arguments: [],
    along: "value",
    from: 0,
    to: 1,
    count: 2,
  }),
  "PATCH /api/v1/simulations/{simulation}": () => ({ title: "Another" }),
  "PATCH /api/v1/simulations/{simulation}/scene": () => ({ seen: 1, operations: [] }),
  "PUT /api/v1/simulations/{simulation}/scene": () => ({ scene: ball }),
  "PUT /api/v1/simulations/{simulation}/visibility": () => ({ visibility: "private" }),
  "PUT /api/v1/simulations/{simulation}/project": () => ({ project }),
  "POST /api/v1/simulations/{parent}/forks": () => ({ title: "Mine" }),
  "POST /api/v1/simulations/{simulation}/runs": () => ({}),
  "POST /api/v1/simulations/{simulation}/sweeps": () => ({ parameter: "h", from: 1, to: 2, count: 2 }),
  "POST /api/v1/simulations/{simulation}/sweeps/preview": () => ({ parameter: "h", from: 1, to: 2, count: 2 }),
  "PUT /api/v1/questions/{question}/task": () => ({ version: 1, simulation, parameters: [], criteria: [] }),
  "POST /api/v1/sessions": () => ({ email: subject.email, password: PASSWORD }),
  "POST /api/v1/sessions/refresh": async () => {
    const { json } = await subject.tryLogIn();
    return { refresh_token: json.refresh_token };
  },
  "POST /api/v1/sessions/wallet/challenge": () => ({ address: new Wallet().address }),
  "POST /api/v1/sessions/wallet": async () => {
    const { wallet } = subject;
    const asked = await client.post("/api/v1/sessions/wallet/challenge", { address: wallet.address });
    return wallet.answer(asked.json);
  },
};

// What a question must say beyond its path.
const questions = {
  "GET /api/v1/courses/{course}/changes": () => `?from=${edition}`,
  "GET /api/v1/simulations/compare": () => `?a=${UNKNOWN}&b=${UNKNOWN}`,
};

const fatal = "POST /api/v1/users/me/erase"; // is tried by people who came for just that
// After these one must log in again.
const ending = new Set(["PUT /api/v1/users/me/password", "DELETE /api/v1/sessions", "DELETE /api/v1/sessions/current"]);
const CHANGED = "a password that was changed";

// The learner's second session, made anew for each who tries to end it.
async function learnersSession() {
  return (await callers.learner.tryLogIn()).json.session;
}

async function fill(path) {
  const acted = /\/(roles|suspension)/.test(path);
  return path
    .replace("{user}", acted ? subject.id : callers.learner.id)
    .replace("{media}", "A".repeat(42) + "E")
    .replace("{role}", "instructor")
    .replace("{course}", course)
    .replace("{project}", project)
    .replace("{revision}", "1")
    .replace("{comment}", UNKNOWN)
    .replace("{lesson}", lesson)
    .replace("{appeal}", "1")
    .replace(/{(simulation|parent)}/, simulation)
    .replace(/{(run|sweep)}/, UNKNOWN)
    .replace("{run_hash}", "A".repeat(42) + "E")
    .replace("lessons/{item}", `lessons/${lesson}`)
    .replace("/gradebook/{learner}", `/gradebook/${callers.learner.id}`)
    .replace("{learner}", subject.id)
    .replace(/regrade$/, `regrade?question=${question}&version=1`)
    .replace("{assessment}", assessment)
    .replace("{question}", question)
    .replace("{attempt}", UNKNOWN)
    .replace("{slot}", "1")
    .replace("{hint}", "1")
    .replace("{cohort}", "01890000-0000-7000-8000-000000000001")
    .replace("{item}", UNKNOWN)
    .replace("{edition}", edition)
    .replace("{member}", subject.id)
    .replace("/me/mastery", `/me/mastery?course=${course}`)
    .replace("/achievements/preview", "/achievements/preview?trigger=enrolled")
    .replace("{achievement}", defined)
    .replace("{award}", noAward)
    .replace("{number}", "100000")
    .replace("{address}", callers.learner.wallet.address)
    .replace("{session}", path.includes("{session}") ? await learnersSession() : "");
}

test("the table names every route of the OpenAPI document, and no other", () => {
  const documented = client.contract.operations().map(({ method, template }) => `${method} ${template}`);
  assert.deepEqual(rows.map(({ route }) => route).sort(), documented.sort());
});

for (const { route, method, path, statuses } of rows)
  test(`who may ${route}`, async () => {
    const seen = [];
    for (const kind of CALLERS) {
      const caller = route === fatal ? await newCaller(kind) : callers[kind];
      const json = await requests[route]?.(caller);
      const answer = await caller.send(method, (await fill(path)) + (questions[route]?.() ?? ""), { json });
      seen.push(answer.status);
      if (!ending.has(route) || answer.status !== 200) continue;
      if (json) caller.password = json.password;
      await caller.logIn();
    }
    assert.deepEqual(seen, statuses);
  });

test("what administrators did to the subject happened, and what others tried did not", async () => {
  await subject.logIn();
  const account = await subject.account();
  assert.deepEqual(account.roles, ["learner"]);
  assert.equal(account.suspended, false);
  const events = (await subject.get("/api/v1/users/me/export")).json.events.map(({ event }) => event);
  for (const wanted of ["role_granted", "role_revoked", "user_suspended", "user_restored"])
    assert.equal(events.filter((event) => event === wanted).length, 1, wanted);
});
