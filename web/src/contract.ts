// Written by schema/schemac.py from schema/*.schema and api/routes.def; change those instead.

/** A UUID in its text form. */
export type Id = string;

/** A moment as RFC 3339 writes it, in UTC. */
export type Time = string;

/** A problem (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: { pointer: string; detail: string }[];
}

/** What a command with Prefer: dry-run would have led to; nothing was kept. */
export interface DryRun {
  dry_run: true;
  events: string[];
}

/** A page of a list; `next` is the cursor of the next one, null on the last. */
export interface Page<T> {
  data: T[];
  next: string | null;
}

/** Lawful noes. */
export type Refusal =
  | "accommodations_full"
  | "account_closed"
  | "achievement_exists"
  | "achievement_over"
  | "achievement_role_missing"
  | "achievement_unknown"
  | "answer_final"
  | "answer_missing"
  | "answer_too_late"
  | "appeal_open"
  | "appeal_unknown"
  | "appeals_used"
  | "assessment_closed"
  | "assessment_early"
  | "assessment_unknown"
  | "attachment_unfit"
  | "attempt_exists"
  | "attempt_open"
  | "attempt_over"
  | "attempt_running"
  | "attempt_unknown"
  | "attempts_used"
  | "award_unknown"
  | "category_twice"
  | "category_unknown"
  | "challenge_invalid"
  | "challenge_used"
  | "clock_wrong"
  | "code_missing"
  | "code_wrong"
  | "cohort_early"
  | "cohort_over"
  | "cohort_unknown"
  | "cohorts_full"
  | "command_id_reused"
  | "comment_deep"
  | "comment_exists"
  | "comment_unknown"
  | "course_exists"
  | "course_full"
  | "course_items_full"
  | "course_missing"
  | "course_role_missing"
  | "course_unknown"
  | "course_unpublished"
  | "credentials_wrong"
  | "delivery_not_parked"
  | "draw_impossible"
  | "edit_conflict"
  | "edit_unfit"
  | "edition_exists"
  | "email_taken"
  | "enrolment_closed"
  | "enrolment_early"
  | "enrolment_over"
  | "feedback_later"
  | "formula_unknown"
  | "grade_pending"
  | "hint_order_wrong"
  | "hint_unknown"
  | "instructor_needed"
  | "invitation_unknown"
  | "item_exists"
  | "item_order_wrong"
  | "item_placed"
  | "item_twice"
  | "item_unknown"
  | "item_unreleased"
  | "key_unfit"
  | "key_unknown"
  | "learner_there_already"
  | "learner_unknown"
  | "login_locked"
  | "marks_unfit"
  | "media_day_spent"
  | "member_unknown"
  | "not_enrolled"
  | "nothing_new"
  | "objective_twice"
  | "objective_unknown"
  | "outline_empty"
  | "outline_full"
  | "own_attempt"
  | "owner_needed"
  | "paper_stale"
  | "paper_unfit"
  | "parked_full"
  | "password_wrong"
  | "points_unfit"
  | "policy_restless"
  | "policy_unfit"
  | "practice_empty"
  | "practice_unknown"
  | "prerequisite_missing"
  | "progress_full"
  | "project_archived"
  | "project_exists"
  | "project_full"
  | "project_joined_already"
  | "project_misplaced"
  | "project_role_missing"
  | "project_uninvited"
  | "project_unknown"
  | "question_exists"
  | "question_full"
  | "question_too_large"
  | "question_unfit"
  | "question_unknown"
  | "regrade_exists"
  | "regrade_stale"
  | "response_settled"
  | "response_unready"
  | "revision_stale"
  | "revision_unknown"
  | "role_fixed"
  | "rubric_unfit"
  | "rule_changed"
  | "rule_contradictory"
  | "run_exists"
  | "run_settled"
  | "run_unfinished"
  | "run_unknown"
  | "runs_spent"
  | "scenario_unknown"
  | "scene_conflict"
  | "scene_missing"
  | "scene_too_large"
  | "score_missing"
  | "seats_below_taken"
  | "second_marker_needed"
  | "self_suspension"
  | "session_over"
  | "session_unknown"
  | "signature_wrong"
  | "simulation_closed"
  | "simulation_exists"
  | "simulation_full"
  | "simulation_not_yours"
  | "simulation_unknown"
  | "simulation_version_unknown"
  | "simulator_away"
  | "slot_unknown"
  | "staff_full"
  | "staff_unknown"
  | "sweep_exists"
  | "sweep_not_closed"
  | "sweep_unknown"
  | "time_too_old"
  | "times_reversed"
  | "token_invalid"
  | "tries_used"
  | "upgrade_required"
  | "user_unknown"
  | "version_unknown"
  | "wallet_taken"
  | "wallet_unknown"
  | "wallets_too_many"
  | "weights_missing";

export type AchievementKind =
  | "badge"
  | "certificate";

export type AchievementTrigger =
  | "enrolled"
  | "viewed"
  | "studied"
  | "item_completed"
  | "course_completed"
  | "graded";

export type Admission =
  | "closed"
  | "open"
  | "code";

export type AppealOutcome =
  | "upheld"
  | "rejected";

export type AssessmentPurpose =
  | "quiz"
  | "exam"
  | "practice"
  | "assignment";

export type AttachmentKind =
  | "simulation"
  | "run"
  | "lesson"
  | "medium";

export type AttemptEnd =
  | "learner"
  | "time";

export type AttemptKeeping =
  | "best"
  | "latest"
  | "first"
  | "average";

export type Audience =
  | "everyone"
  | "members"
  | "nobody";

export type AuditVerb =
  | "log"
  | "show"
  | "stream"
  | "state"
  | "diff"
  | "who"
  | "export";

export type AwardStanding =
  | "valid"
  | "revoked"
  | "expired";

export type Channel =
  | "mail"
  | "push"
  | "in_app";

export type CompletionRule =
  | "viewed"
  | "score"
  | "questions";

export type CourseLevel =
  | "introductory"
  | "intermediate"
  | "advanced";

export type CourseListing =
  | "unlisted"
  | "listed";

export type CourseRole =
  | "instructor"
  | "assistant"
  | "author";

export type DeedKind =
  | "created"
  | "revised"
  | "shared"
  | "archived"
  | "reopened"
  | "invited"
  | "uninvited"
  | "joined"
  | "left"
  | "forked"
  | "hidden"
  | "shown"
  | "handed_in";

export type EnrolmentSource =
  | "self"
  | "code"
  | "invitation"
  | "staff"
  | "waiting"
  | "transfer";

export type EnrolmentStanding =
  | "invited"
  | "waiting"
  | "enrolled"
  | "withdrawn";

export type FeedbackTime =
  | "never"
  | "submitted"
  | "closed"
  | "answered";

export type GradeCause =
  | "automatic"
  | "marked"
  | "regrade";

export type GradeRelease =
  | "automatic"
  | "manual";

export type InvitationEnd =
  | "accepted"
  | "declined"
  | "withdrawn";

export type ItemChange =
  | "added"
  | "removed"
  | "revised"
  | "moved"
  | "ruled";

export type ItemKind =
  | "lesson"
  | "assessment";

export type Judgement =
  | "unanswered"
  | "right"
  | "partly"
  | "wrong"
  | "unreadable"
  | "wrong_unit"
  | "missing_unit"
  | "power_of_ten"
  | "sign"
  | "digits"
  | "undecided";

export type LearningState =
  | "locked"
  | "open"
  | "viewed"
  | "completed";

export type LineChange =
  | "kept"
  | "removed"
  | "added";

export type LockReason =
  | "not_enrolled"
  | "cohort_early"
  | "cohort_over"
  | "item_unreleased"
  | "prerequisite_missing";

export type LoginMethod =
  | "password"
  | "wallet";

export type MasteryState =
  | "unseen"
  | "novice"
  | "developing"
  | "proficient"
  | "mastered";

export type NextStepKind =
  | "finish_attempt"
  | "deadline"
  | "review"
  | "lesson"
  | "attempt"
  | "practice"
  | "weak_objective"
  | "next_item"
  | "new_objective";

export type NotificationKind =
  | "account"
  | "course"
  | "assessment"
  | "achievement"
  | "project";

export type NumericSlip =
  | "wrong_unit"
  | "missing_unit"
  | "power_of_ten"
  | "sign"
  | "digits";

export type ParkingCause =
  | "failed"
  | "crashed"
  | "in_doubt";

export type PasswordChange =
  | "changed"
  | "reset";

export type PracticeReason =
  | "review"
  | "weak"
  | "adaptive"
  | "chosen"
  | "new";

export type ProjectCause =
  | "created"
  | "edited"
  | "merged"
  | "restored"
  | "forked";

export type ProjectOrder =
  | "newest"
  | "likes";

export type ProjectPart =
  | "title"
  | "summary"
  | "language"
  | "tags"
  | "attachments";

export type ProjectRole =
  | "owner"
  | "editor"
  | "commenter"
  | "viewer";

export type ProjectVisibility =
  | "private"
  | "course"
  | "public";

export type QuestionTrouble =
  | "question_unreadable"
  | "numbers_undrawable"
  | "key_unreadable";

export type QuestionType =
  | "single"
  | "multiple"
  | "true_false"
  | "numeric"
  | "text"
  | "matching"
  | "ordering"
  | "blanks"
  | "formula"
  | "essay"
  | "simulation"
  | "project";

export type QuestionUse =
  | "graded"
  | "practice"
  | "both";

export type RegradePolicy =
  | "replace"
  | "keep_better";

export type Role =
  | "learner"
  | "instructor"
  | "admin";

export type RunState =
  | "pending"
  | "completed"
  | "failed"
  | "cancelled";

export type ScoringRule =
  | "all_or_nothing"
  | "per_part";

export type SessionEnding =
  | "logout"
  | "revoked"
  | "reused";

export type SimulationMode =
  | "precise"
  | "rigid";

export type SimulationVisibility =
  | "private"
  | "course"
  | "public";

export type Theme =
  | "system"
  | "light"
  | "dark";

export type UnitPolicy =
  | "required"
  | "optional"
  | "ignored";

export interface ArchiveHeading {
  format: string;
  version: number;
}

export interface ArchiveLine {
  command: string;
  body: unknown;
}

export interface AttemptQuestion {
  question: Id;
  version: number;
  points_milli: number;
}

export interface ChoicePair {
  left: string;
  right: string;
}

export interface ChoiceReference {
  key: string;
}

export interface ComputedParameter {
  name: string;
  formula: string;
  digits?: number | null;
}

export interface CourseObjective {
  objective: Id;
  title: string;
}

export interface CourseTag {
  word: string;
}

export interface EditionItem {
  item: Id;
  kind: ItemKind;
  content: Id;
  revision: number;
  required: boolean;
  rule: CompletionRule;
  score_min?: number | null;
  release_at?: Time | null;
  after?: Id | null;
}

export interface GradeCategory {
  key: string;
  name: string;
  weight: number;
  drop_lowest: number;
}

export interface GradePlacement {
  item: Id;
  category: string;
}

export interface GradedResponse {
  slot: number;
  question: Id;
  version: number;
  key: number;
  points_milli: number;
  verdict: Judgement;
}

export interface KeyBlank {
  patterns?: KeyPattern[] | null;
  numbers?: KeyNumber[] | null;
}

export interface KeyChoice {
  key: string;
  credit: number;
  feedback?: string | null;
}

export interface KeyNumber {
  value: string;
  unit?: string | null;
  units?: UnitPolicy | null;
  absolute?: string | null;
  relative?: string | null;
  digits_min?: number | null;
  digits_max?: number | null;
  slips?: KeySlip[] | null;
}

export interface KeyPattern {
  pattern: string;
  credit: number;
  case_matters?: boolean | null;
  accents_matter?: boolean | null;
  feedback?: string | null;
}

export interface KeySlip {
  slip: NumericSlip;
  credit: number;
}

export interface KeyVariable {
  name: string;
  minimum?: string | null;
  maximum?: string | null;
}

export interface MarkedCriterion {
  key: string;
  points_milli: number;
}

export interface NotificationChoice {
  kind: NotificationKind;
  channel: Channel;
  on: boolean;
}

export interface ObjectiveReference {
  objective: Id;
}

export interface OutlineItem {
  item: Id;
  required: boolean;
  rule: CompletionRule;
  score_min?: number | null;
  release_at?: Time | null;
  after?: Id | null;
}

export interface OutlineSection {
  title: string;
  items: OutlineItem[];
}

export interface PaperQuestion {
  question: Id;
  version: number;
}

export interface PaperSlot {
  points_milli: number;
  draw: number;
  pool: PaperQuestion[];
}

export interface ParameterSetting {
  name: string;
  value: number;
}

export interface ParameterValue {
  value: string;
}

export interface PracticeCandidate {
  question: Id;
  version: number;
  objective?: Id | null;
  known_ppm: number;
  evidence: number;
  guess_ppm: number;
  facility_ppm: number;
  due_at?: Time | null;
  recall_ppm?: number | null;
  right_at?: Time | null;
}

export interface PracticePick {
  question: Id;
  why: PracticeReason;
  expected_ppm: number;
}

export interface PracticeQuestion {
  question: Id;
  version: number;
  points_milli: number;
  why: PracticeReason;
}

export interface ProjectAttachment {
  id: string;
  kind: AttachmentKind;
  target?: Id | null;
  medium?: string | null;
}

export interface ProjectDocument {
  title: string;
  summary: string;
  language: string;
  tags: ProjectTag[];
  attachments: ProjectAttachment[];
}

export interface ProjectTag {
  word: string;
}

export interface QuestionChoice {
  key: string;
  text: string;
}

export interface QuestionCondition {
  formula: string;
}

export interface QuestionHint {
  text: string;
  cost: number;
}

export interface QuestionParameter {
  name: string;
  minimum?: string | null;
  maximum?: string | null;
  step?: string | null;
  values?: ParameterValue[] | null;
}

export interface QueueLine {
  id: string;
  at?: Time | null;
  method: string;
  path: string;
  body?: unknown | null;
}

export interface RubricCriterion {
  key: string;
  title: string;
  description?: string | null;
  points_milli: number;
}

export interface RunExpectation {
  measure: string;
  formula: string;
  expected: number;
  value?: number | null;
  error?: number | null;
  within: boolean;
}

export interface RunMeasure {
  measure: string;
  value?: number | null;
}

export interface SweepMeasure {
  measure: string;
}

export interface SweepPoint {
  at: number;
  run_hash?: string | null;
  trajectory?: string | null;
  failure?: string | null;
  results: SweepResult[];
}

export interface SweepResult {
  value?: number | null;
}

export interface TaskCriterion {
  measure: string;
  minimum?: number | null;
  maximum?: number | null;
  target?: number | null;
  absolute?: number | null;
  relative?: number | null;
  share: number;
}

export interface TaskParameter {
  name: string;
  minimum: number;
  maximum: number;
}

export interface ViewedPerson {
  user: Id;
}

/** The wish was taken; what comes of it arrives by mail. */
export type Accepted = Record<string, never>;

/** A pattern that is right, or partly: per mille. */
export interface AcceptedText {
  pattern: string;
  credit: number;
}

/** Everything an account shows to its owner. */
export interface Account {
  user: Id;
  version: number;
  email?: string | null;
  email_verified: boolean;
  name?: string | null;
  bio?: string | null;
  avatar_url?: string | null;
  pronouns?: string | null;
  time_zone?: string | null;
  locale: string;
  region: string;
  audience: Audience;
  roles: Role[];
  suspended: boolean;
  preferences: Preferences;
  wallets: Wallet[];
  registered_at: Time;
}

/** What may be reached, and its rule. An award is told with the text and the rule by which it was given. */
export interface AchievementDocument {
  achievement: Id;
  course?: Id | null;
  version: number;
  kind: AchievementKind;
  name: string;
  description: string;
  criteria: string;
  valid_days?: number | null;
  trigger: AchievementTrigger;
  item?: Id | null;
  times: number;
  distinct: boolean;
  window_s?: number | null;
  score_min?: number | null;
  streak_days?: number | null;
  retired: boolean;
  awarded: number;
}

/** Whom a rule would reach if it were defined now: how many, of how many to whom anything of that kind has happened. */
export interface AchievementPreview {
  position: number;
  considered: number;
  reached: number;
}

/** What an answer came to be worth, and by what: a key and a version of the grader, or the mark of a person. Without `before_milli` nothing had decided it yet. */
export interface AnswerChange {
  position: number;
  at: Time;
  slot: number;
  verdict?: Judgement | null;
  before_milli?: number | null;
  points_milli: number;
  key?: number | null;
  grader?: number | null;
  marker?: Id | null;
  settles?: boolean | null;
  rubric?: number | null;
  comment?: string | null;
}

/** What an answer is worth, and by what. An answer that people decided is right, partly so or wrong by its points. Without points it is undecided: it waits for people. */
export interface AnswerGrade {
  verdict: Judgement;
  points_milli?: number | null;
  of_milli: number;
  key?: number | null;
  grader?: number | null;
  marked: boolean;
  remarks: AnswerRemark[];
  marks: AnswerMark[];
}

/** What a person said of an answer. It `counts` once it has led to the grade; before that only staff see it. */
export interface AnswerMark {
  marker: Id;
  at: Time;
  position: number;
  rubric?: number | null;
  marked_milli: number;
  settles: boolean;
  counts: boolean;
  criteria?: MarkedCriterionView[] | null;
  comment?: string | null;
}

/** What the key says to what was answered: to this choice, in this blank, or, without either, to the answer. HTML. */
export interface AnswerRemark {
  choice?: string | null;
  blank?: number | null;
  html: string;
}

/** An assessment. Learners see what their edition asks, and `content` is the paper to begin an attempt with. Staff see the latest revision, with its slots as revise_assessment takes them. */
export interface Assessment {
  assessment: Id;
  course: Id;
  content: Id;
  revision: number;
  title: string;
  instructions: string;
  source?: string | null;
  purpose: AssessmentPurpose;
  questions: number;
  points_milli: number;
  released: boolean;
  policy: PolicyInForce;
  mine?: Sitting | null;
  slots?: unknown | null;
}

/** An assessment of a draft, as lists show it. */
export interface AssessmentSummary {
  assessment: Id;
  content: Id;
  revision: number;
  title: string;
  purpose: AssessmentPurpose;
  questions: number;
  points_milli: number;
  released: boolean;
  written_at: Time;
}

export interface Attachment {
  id: string;
  kind: AttachmentKind;
  target?: Id | null;
  medium?: string | null;
}

/** An attempt. Times are the server's: `now` is when this was answered. It takes answers until `ends_at`, and from clients that were offline then until `late_until`. Its learner hears of grades once `told` is true. Without a grade something waits, or it is kept back. */
export interface Attempt {
  attempt: Id;
  assessment?: Id | null;
  course: Id;
  learner: Id;
  content?: Id | null;
  number?: number | null;
  started_at: Time;
  now: Time;
  ends_at?: Time | null;
  late_until?: Time | null;
  remaining_ms?: number | null;
  submitted_at?: Time | null;
  cause?: AttemptEnd | null;
  penalty?: number | null;
  told: boolean;
  grade?: AttemptGrade | null;
  slots: AttemptSlotView[];
}

/** What the attempt is worth altogether, being late counted in. */
export interface AttemptGrade {
  points_milli: number;
  of_milli: number;
  cause: GradeCause;
  at: Time;
  position: number;
}

/** A question of an attempt, and what was done with it. What follows `finished` is there once the policy gives feedback. The grade must not be kept back either. Where there is a `trouble`, what it is about is left out. Tries are told of practice. */
export interface AttemptSlotView {
  slot: number;
  question: Id;
  version: number;
  points_milli: number;
  why?: PracticeReason | null;
  trouble?: QuestionTrouble | null;
  shown?: ShownQuestion | null;
  task?: TaskShown | null;
  hints: number;
  hints_taken: ShownHint[];
  next_hint_cost?: number | null;
  answer?: SavedAnswer | null;
  finished: boolean;
  tries?: number | null;
  explanation?: string | null;
  solution?: Solution | null;
  run?: TaskRunShown | null;
  grade?: AnswerGrade | null;
}

/** An attempt as lists show it. */
export interface AttemptSummary {
  attempt: Id;
  learner: Id;
  number: number;
  content: Id;
  started_at: Time;
  submitted_at?: Time | null;
  cause?: AttemptEnd | null;
  penalty?: number | null;
  answered: number;
  questions: number;
}

/** What anybody may know who has an award's id: never who it is that reached it. */
export interface AwardCheck {
  award: Id;
  standing: AwardStanding;
  issuer: string;
  achievement: Id;
  kind: AchievementKind;
  name: string;
  awarded_at: Time;
  expires_at?: Time | null;
  revoked_at?: Time | null;
}

/** An achievement that somebody reached. */
export interface AwardDocument {
  award: Id;
  achievement: Id;
  course?: Id | null;
  version: number;
  kind: AchievementKind;
  name: string;
  description: string;
  awarded_at: Time;
  expires_at?: Time | null;
  revoked_at?: Time | null;
}

/** What a wallet is to sign: the text exactly as it stands. */
export interface Challenge {
  address: string;
  nonce: string;
  message: string;
}

/** What became of a lesson or an assessment. Revised is its text, moved its place among the others or its section, ruled its rules. */
export interface ChangedItem {
  item: Id;
  kind: ItemKind;
  changes: ItemChange[];
  title?: string | null;
  title_before?: string | null;
  revision?: number | null;
  revision_before?: number | null;
  section?: string | null;
  section_before?: string | null;
}

export interface ChoiceCount {
  key: string;
  count: number;
}

export interface ChosenKey {
  key: string;
}

export interface ChosenPair {
  left: string;
  right: string;
}

/** A group that goes through the course together; learners counts those who have a seat. */
export interface Cohort {
  cohort: Id;
  name: string;
  opens_at?: Time | null;
  closes_at?: Time | null;
  learners: number;
}

/** A comment; a deleted one keeps its place for its answers, and a text whose author was erased is absent. */
export interface Comment {
  comment: Id;
  parent?: Id | null;
  author: Id;
  author_name?: string | null;
  revision: number;
  deleted: boolean;
  text?: string | null;
  written_at: Time;
  changed_at?: Time | null;
}

/** A course; `role` is the caller's. Its staff sees it before there is an edition. */
export interface Course {
  course: Id;
  title: string;
  summary: string;
  language: string;
  level: CourseLevel;
  tags: Tag[];
  image?: string | null;
  archived: boolean;
  edition?: Id | null;
  number?: number | null;
  items: number;
  minutes: number;
  published_at?: Time | null;
  version: number;
  listing: CourseListing;
  objectives: Objective[];
  created_at: Time;
  origin?: Id | null;
  role?: CourseRole | null;
}

/** What differs between two outlines; what is the same in both is left out. `to` is absent for the draft. */
export interface CourseChanges {
  course: Id;
  from: Id;
  to?: Id | null;
  items: ChangedItem[];
}

/** What stands in the way of publishing the draft. A question counts if the course has it, a file if it was brought. */
export interface CourseCheck {
  missing: MissingReference[];
}

/** Somebody who works on the course. */
export interface CourseColleague {
  member: Id;
  role: CourseRole;
  since: Time;
  name?: string | null;
}

/** The archive of a course. */
export type CourseFile = Record<string, never>;

/** The new course, and what came with it. Nobody but you works on it, and it is not published. */
export interface CourseMade {
  course: Id;
  position: number;
  lines: number;
  lessons: number;
  questions: number;
  assessments: number;
  achievements: number;
  files: number;
}

/** A course as lists show it. What there is of its latest edition is absent before the first. */
export interface CourseSummary {
  course: Id;
  title: string;
  summary: string;
  language: string;
  level: CourseLevel;
  tags: Tag[];
  image?: string | null;
  archived: boolean;
  edition?: Id | null;
  number?: number | null;
  items: number;
  minutes: number;
  published_at?: Time | null;
  role?: CourseRole | null;
}

/** Something came into being: its id, and the position at which read models show it. */
export interface Created {
  position: number;
  id: Id;
}

/** A signed Open Badges 3.0 credential as JSON-LD, or a picture that holds one. */
export interface Credential {
  id: string;
  issuer: unknown;
  proof: unknown;
}

/** What the staff works on; `changed` says whether there is something to publish. */
export interface Draft {
  course: Id;
  version: number;
  outline: number;
  changed: boolean;
  sections: SyllabusSection[];
  unplaced: SyllabusEntry[];
}

/** What a learner of the edition goes through. */
export interface Edition {
  course: Id;
  edition: Id;
  number: number;
  note: string;
  published_at: Time;
  sections: SyllabusSection[];
}

export interface EditionSummary {
  edition: Id;
  number: number;
  note: string;
  published_at: Time;
  items: number;
}

/** Who may join the course, and how many seats are left; without `seats` there is no end of them. */
export interface EnrolmentNotice {
  course: Id;
  admission: Admission;
  seats?: number | null;
  taken: number;
  places: number;
  waiting: number;
  opens_at?: Time | null;
  closes_at?: Time | null;
}

/** What staff decided about joining, the code too. */
export interface EnrolmentPolicy {
  course: Id;
  admission: Admission;
  code?: string | null;
  seats: number;
  taken: number;
  places: number;
  waiting: number;
  opens_at?: Time | null;
  closes_at?: Time | null;
}

/** An erasure: the position of the event that says so, and the path of its proof, for whoever knows the path. */
export interface ErasureReceipt {
  position: number;
  user: Id;
  erased_at: Time;
  receipt: string;
}

export interface ExpectationShown {
  measure: string;
  formula: string;
  expected: number;
  value?: number | null;
  error?: number | null;
  within: boolean;
}

/** Everything the platform knows about the person who asks, with the positions in the log it comes from. */
export interface Export {
  user: Id;
  head: number;
  account: Account;
  events: ExportedEvent[];
  has_more: boolean;
}

export interface ExportedEvent {
  position: number;
  time: Time;
  event: string;
  fields: unknown;
}

/** What a run can be held to: whoever expects something in a scene names it, with its arguments in these units. */
export interface Formula {
  name: string;
  unit: string;
  sentence: string;
  arguments: FormulaArgument[];
}

export interface FormulaArgument {
  name: string;
  unit: string;
}

/** A formula's values along one argument, null where it has none. */
export interface FormulaCurve {
  formula: string;
  unit: string;
  along: string;
  points: unknown;
}

/** What befell a grade: which event, when, by whom (nobody: by the grader), from which keys. The regrade that did it, if one did, stands in `by`. */
export interface GradeChange {
  what: string;
  position: number;
  at: Time;
  actor?: Id | null;
  attempt?: Id | null;
  points_milli?: number | null;
  of_milli?: number | null;
  penalty?: number | null;
  cause?: GradeCause | null;
  grader?: number | null;
  responses?: GradedAnswer[] | null;
  excused?: boolean | null;
  reason?: string | null;
  slot?: number | null;
  rubric?: number | null;
  marked_milli?: number | null;
  settles?: boolean | null;
  decided?: boolean | null;
  comment?: string | null;
  appeal?: number | null;
  text?: string | null;
  outcome?: AppealOutcome | null;
  answer?: string | null;
  regrade?: Id | null;
  by?: RegradeSummary | null;
}

export interface GradebookCategory {
  key: string;
  name: string;
  weight: number;
  drop_lowest: number;
}

/** The items of the gradebook and how they are weighed. */
export interface GradebookColumns {
  course: Id;
  items: GradebookItem[];
  categories: GradebookCategory[];
}

/** What a learner has in an item. Shares are parts per million; without `share` nothing counts there yet. */
export interface GradebookEntry {
  item: Id;
  share?: number | null;
  attempts: number;
  kept?: number | null;
  override_points_milli?: number | null;
  override_of_milli?: number | null;
  excused: boolean;
}

/** A column; `shown` says whether learners see it. */
export interface GradebookItem {
  item: Id;
  title: string;
  keeps: AttemptKeeping;
  shown: boolean;
  category?: string | null;
}

/** A learner's grades; without `total` none counts yet. */
export interface GradebookRow {
  learner: Id;
  seated: boolean;
  total?: number | null;
  entries: GradebookEntry[];
}

export interface GradedAnswer {
  slot: number;
  question: Id;
  version: number;
  key: number;
  points_milli: number;
  verdict: Judgement;
}

/** What is different for a learner, in an item or in all. */
export interface GrantedAccommodation {
  item?: Id | null;
  due_at?: Time | null;
  extra_time?: number | null;
  extra_attempts?: number | null;
  reason?: string | null;
  granted_at: Time;
  granted_by?: Id | null;
}

/** A heading of a text: its level from 1 to 6, and the id of its element in the HTML. */
export interface Heading {
  id: string;
  level: number;
  title: string;
}

/** That a key was set, by whom and why. */
export interface KeySummary {
  key: number;
  set_at: Time;
  author?: Id | null;
  reason?: string | null;
}

/** A person in the course as its staff sees them; who was erased is not in it. */
export interface Learner {
  learner: Id;
  name?: string | null;
  standing: EnrolmentStanding;
  queue?: number | null;
  edition?: Id | null;
  cohort?: Id | null;
  source?: EnrolmentSource | null;
  enrolled_at?: Time | null;
  left_at?: Time | null;
  reason?: string | null;
  completed_at?: Time | null;
  items: number;
  completed: number;
  seconds: number;
  active_at?: Time | null;
}

/** A learner's way through the course, and what is different for them. */
export interface LearnerProgress {
  learner: Learner;
  steps: LearningStep[];
  accommodations: GrantedAccommodation[];
}

/** An item of the edition, and how far the learner is with it. `lock` says why it is not open. */
export interface LearningStep {
  item: Id;
  kind: ItemKind;
  title?: string | null;
  minutes?: number | null;
  required: boolean;
  rule: CompletionRule;
  score_min?: number | null;
  state: LearningState;
  lock?: LockReason | null;
  release_at?: Time | null;
  after?: Id | null;
  viewed_at?: Time | null;
  completed_at?: Time | null;
  seconds: number;
  place?: string | null;
  due_at?: Time | null;
  extra_time?: number | null;
  extra_attempts?: number | null;
}

/** A revision of a lesson: its Markdown, and the HTML and the headings made of it. A text that was taken under other rules than today's may have no HTML. */
export interface Lesson {
  lesson: Id;
  course: Id;
  content: Id;
  revision: number;
  title: string;
  minutes?: number | null;
  objectives: ObjectiveOfLesson[];
  body: string;
  written_at: Time;
  html?: string | null;
  headings?: Heading[] | null;
}

/** What changed between two revisions. Texts that differ in very many lines are not searched for what they have in common. */
export interface LessonChanges {
  lesson: Id;
  from: number;
  to: number;
  title: string;
  title_before: string;
  removed: number;
  added: number;
  searched: boolean;
  hunks: LineHunk[];
}

export interface LessonRevision {
  lesson: Id;
  revision: number;
  content: Id;
  title: string;
  minutes?: number | null;
  author?: Id | null;
  author_name?: string | null;
  written_at: Time;
}

/** Lines that follow one another: where they begin in the text before and after, from 1. */
export interface LineHunk {
  kind: LineChange;
  before: number;
  after: number;
  count: number;
  lines: string;
}

/** What was given for a criterion of the rubric, of how many thousandths of a point. */
export interface MarkedCriterionView {
  key: string;
  title?: string | null;
  points_milli: number;
  of_milli?: number | null;
}

export interface MeasureDifference {
  measure: string;
  a?: number | null;
  b?: number | null;
  difference?: number | null;
}

export interface MeasureShown {
  measure: string;
  value?: number | null;
}

/** The file, or the part of it that Range names. */
export type MediaBytes = Blob;

/** The file, and where it is kept: /api/v1/media/ and its hash. In lessons it is media: and its hash. */
export interface MediaReceipt {
  media: string;
  type: string;
  bytes: number;
  position: number;
}

/** What a lesson, an assessment or a question that it asks shows, and the course has not: a question or a file. */
export interface MissingReference {
  item: Id;
  title: string;
  question?: Id | null;
  media?: string | null;
}

/** How you stand to a course. Progress counts the items of your edition; `queue` is your place on the waiting list. */
export interface MyCourse {
  course: Id;
  title?: string | null;
  standing: EnrolmentStanding;
  queue?: number | null;
  edition?: Id | null;
  number?: number | null;
  latest?: Id | null;
  cohort?: Id | null;
  source?: EnrolmentSource | null;
  enrolled_at?: Time | null;
  completed_at?: Time | null;
  items: number;
  completed: number;
  required: number;
  required_completed: number;
  seconds: number;
  active_at?: Time | null;
  resume?: Id | null;
  resume_place?: string | null;
  next?: Id | null;
}

/** Your way through a course, in the order of your edition. */
export interface MyProgress {
  course: MyCourse;
  steps: LearningStep[];
}

/** A step, and why it comes now. Numbers are there where they are the reason, and what is named is where to go. A step that practises is taken by start_practice, with the objective if one is named. */
export interface NextStep {
  kind: NextStepKind;
  why: string;
  course: Id;
  course_title?: string | null;
  item?: Id | null;
  item_kind?: ItemKind | null;
  title?: string | null;
  place?: string | null;
  attempt?: Id | null;
  objective?: Id | null;
  until?: Time | null;
  began_at?: Time | null;
  questions?: number | null;
  known_ppm?: number | null;
  evidence?: number | null;
}

/** What to do next, the most urgent first. */
export interface NextSteps {
  now: Time;
  steps: NextStep[];
}

export interface NotificationSetting {
  kind: NotificationKind;
  channel: Channel;
  on: boolean;
}

export interface Objective {
  objective: Id;
  title: string;
}

/** What the answers so far say about one objective of the course. */
export interface ObjectiveMastery {
  objective: Id;
  title: string;
  known: number;
  evidence: number;
  state: MasteryState;
  latest?: Time | null;
}

export interface ObjectiveOfLesson {
  objective: Id;
}

/** An appeal that waits for an answer. */
export interface OpenAppeal {
  attempt: Id;
  appeal: number;
  slot: number;
  at: Time;
  text?: string | null;
  learner: Id;
}

/** A grade that the attempt had from then on, and what it had before; `what` is the event. Whoever marked it stands in `actor`; nobody does where it was the grader. Why it changed is told by the cause, the reason of the regrade or override, and the appeal that waited then. Behind it stand the answers that changed since the grade before. */
export interface PastGrade {
  what: string;
  position: number;
  at: Time;
  actor?: Id | null;
  cause?: GradeCause | null;
  before_milli?: number | null;
  points_milli?: number | null;
  of_milli?: number | null;
  penalty?: number | null;
  excused?: boolean | null;
  regrade?: Id | null;
  reason?: string | null;
  appeal?: number | null;
  answers?: AnswerChange[] | null;
}

/** How an assessment is taken now. */
export interface PolicyInForce {
  since?: Time | null;
  attempts_max?: number | null;
  time_limit_s?: number | null;
  opens_at?: Time | null;
  due_at?: Time | null;
  closes_at?: Time | null;
  late_window_s: number;
  late_penalty: number;
  keeps: AttemptKeeping;
  feedback: FeedbackTime;
  shows_key: boolean;
  graders: number;
  release: GradeRelease;
  shuffles_questions: boolean;
  shuffles_choices: boolean;
}

/** A practice of yours, and the rules it was drawn by. What its questions look like, read_attempt shows. */
export interface Practice {
  attempt: Id;
  course: Id;
  as_of?: number | null;
  started_at: Time;
  submitted_at?: Time | null;
  target_least_ppm?: number | null;
  target_most_ppm?: number | null;
  rest_s?: number | null;
  slots: PracticeSlot[];
}

export interface PracticeGround {
  objective?: Id | null;
  known_ppm: number;
  evidence: number;
  guess_ppm: number;
  facility_ppm: number;
  expected_ppm: number;
  due_at?: Time | null;
  recall_ppm?: number | null;
}

/** What an answer is worth. Once the question is finished there is nothing more to try, and the solution is told. */
export interface PracticeJudgement {
  position: number;
  try: number;
  counts: boolean;
  finished: boolean;
  sentence: string;
  grade: AnswerGrade;
  explanation?: string | null;
  solution?: Solution | null;
}

/** A question of a practice, why it was given, and how its tries went; the verdict and the points are those that count. */
export interface PracticeSlot {
  slot: number;
  question: Id;
  version: number;
  why: PracticeReason;
  ground?: PracticeGround | null;
  tries: number;
  verdict?: Judgement | null;
  points_milli?: number | null;
  of_milli: number;
  finished: boolean;
}

export interface Preferences {
  theme: Theme;
  language: string;
  reduced_motion: boolean;
  captions: boolean;
  notifications: NotificationSetting[];
}

/** What others may see of a person. */
export interface Profile {
  user: Id;
  name?: string | null;
  bio?: string | null;
  avatar_url?: string | null;
  pronouns?: string | null;
  roles: Role[];
}

/** A project in one of its revisions; `role` and `liked` are the caller's. The HTML is made of the body's Markdown. Why a project is hidden is told to those who take part. */
export interface Project {
  project: Id;
  revision: number;
  latest: number;
  title?: string | null;
  summary?: string | null;
  language: string;
  tags: Tag[];
  attachments: Attachment[];
  author: Id;
  author_name?: string | null;
  written_at: Time;
  version: number;
  creator: Id;
  created_at: Time;
  visibility: ProjectVisibility;
  course?: Id | null;
  archived: boolean;
  hidden: boolean;
  hidden_reason?: string | null;
  origin?: Id | null;
  origin_revision?: number | null;
  origin_author?: Id | null;
  origin_author_name?: string | null;
  likes: number;
  liked: boolean;
  comments: number;
  forks: number;
  role?: ProjectRole | null;
  body: string;
  html?: string | null;
  headings?: Heading[] | null;
}

/** What differs between two revisions: which parts of the document, and the lines of the text. */
export interface ProjectChanges {
  project: Id;
  from: number;
  to: number;
  changed: ProjectPart[];
  title?: string | null;
  title_before?: string | null;
  removed: number;
  added: number;
  searched: boolean;
  hunks: LineHunk[];
}

/** Who did what, when. Position and trace are those of the answer that they got, and of the event. */
export interface ProjectDeed {
  position: number;
  at: Time;
  trace?: Id | null;
  deed: DeedKind;
  actor?: Id | null;
  actor_name?: string | null;
  member?: Id | null;
  role?: ProjectRole | null;
  revision?: number | null;
}

/** A project that asks for somebody. */
export interface ProjectInvitation {
  project: Id;
  title?: string | null;
  role: ProjectRole;
  since: Time;
}

/** Somebody who takes part; `invited` is true as long as they have not answered. */
export interface ProjectMember {
  member: Id;
  role: ProjectRole;
  invited: boolean;
  since: Time;
  name?: string | null;
}

export interface ProjectRevision {
  revision: number;
  cause: ProjectCause;
  restored?: number | null;
  title?: string | null;
  author: Id;
  author_name?: string | null;
  written_at: Time;
}

/** A project as lists show it; `author` wrote its latest revision. A text whose author was erased is absent. */
export interface ProjectSummary {
  project: Id;
  title?: string | null;
  summary?: string | null;
  language: string;
  tags: Tag[];
  revision: number;
  author: Id;
  author_name?: string | null;
  likes: number;
  comments: number;
  forks: number;
  visibility: ProjectVisibility;
  archived: boolean;
  hidden: boolean;
  revised_at: Time;
  role?: ProjectRole | null;
}

/** A version of a question, for the course's staff: what was written, its latest key or the one asked for, its rubric. */
export interface Question {
  question: Id;
  course: Id;
  version: number;
  latest: number;
  retired: boolean;
  use: QuestionUse;
  definition: unknown;
  key?: unknown | null;
  task?: unknown | null;
  rubric?: unknown | null;
  versions: VersionSummary[];
  keys: KeySummary[];
}

export interface QuestionObjective {
  objective: Id;
}

/** A version of a question as an attempt of this seed would show it, and its solution. */
export interface QuestionPreview {
  question: Id;
  version: number;
  seed: number;
  shown: ShownQuestion;
  solution?: Solution | null;
}

/** A question that you answered before, and when it is due again. */
export interface QuestionReview {
  question: Id;
  course: Id;
  due: Time;
  reviewed_at: Time;
  stability: number;
  difficulty: number;
  reviews: number;
  lapses: number;
  question_difficulty: number;
}

/** How a version of a question does by one of its keys (0: none). Facility is the mean share of the points, in parts per million. Discrimination is the correlation of that share with the rest of the attempt; absent where nothing varies. */
export interface QuestionStatistic {
  question: Id;
  version: number;
  key: number;
  answers: number;
  facility: number;
  discrimination?: number | null;
  right: number;
  unanswered: number;
  choices: ChoiceCount[];
}

/** A question as lists show it, with the beginning of its prompt. */
export interface QuestionSummary {
  question: Id;
  course: Id;
  version: number;
  bank?: string | null;
  type: QuestionType;
  beginning: string;
  difficulty?: number | null;
  objectives: QuestionObjective[];
  key?: number | null;
  use: QuestionUse;
  retired: boolean;
  written_at: Time;
}

/** What became of one line. Either body or problem is what a request of its own would have been answered with. */
export interface QueueAnswer {
  line: number;
  id?: string | null;
  status: number;
  position?: number | null;
  replayed?: boolean | null;
  retry_after?: number | null;
  body?: unknown | null;
  problem?: unknown | null;
}

/** One answer for each line, in the order of the lines. */
export interface QueueAnswers {
  data: QueueAnswer[];
}

/** A command was kept; read models show it once they have reached the position. */
export interface Receipt {
  position: number;
}

/** An answer that would be worth something else, and what becomes of its attempt. */
export interface RegradeChange {
  attempt: Id;
  learner: Id;
  slot: number;
  before?: Judgement | null;
  after: Judgement;
  before_milli: number;
  after_milli: number;
  total_before_milli: number;
  total_after_milli: number;
  of_milli: number;
  passed_before: boolean;
  passes_after: boolean;
}

/** What a regrade would do, as of the position. `same` counts what it would leave as it is, marks by people included. The score is that of each learner's edition; where it asks for none nobody passes. All that would be graded anew are counted in `changed`, if only since the key is another. They are not all listed when `has_more` is true; the counts are complete in any case. */
export interface RegradePreview {
  position: number;
  key: number;
  gains: number;
  losses: number;
  same: number;
  gained_milli: number;
  lost_milli: number;
  would_pass: number;
  would_fail: number;
  changed: number;
  has_more: boolean;
  changes: RegradeChange[];
}

/** A regrade that was committed, and what was foretold. */
export interface RegradeSummary {
  regrade: Id;
  at: Time;
  position: number;
  actor?: Id | null;
  question: Id;
  version: number;
  key: number;
  policy: RegradePolicy;
  previewed: number;
  gains: number;
  losses: number;
  same: number;
  reason: string;
}

export interface ReportedProject {
  project: Id;
  title?: string | null;
  reporter: Id;
  reason?: string | null;
  at: Time;
  hidden: boolean;
}

/** Some of what is kept of a run. */
export type RunBytes = Blob;

/** Two runs beside each other. States are the same up to one frame and differ by another, as far as the chains tell it. Of runs of the same bodies it tells how far a body is from itself in the frames, at most, and when. */
export interface RunComparison {
  a: Id;
  b: Id;
  same_scene: boolean;
  same_engine: boolean;
  same_trajectory: boolean;
  measures: MeasureDifference[];
  differs_after?: number | null;
  differs_by?: number | null;
  distance_m?: number | null;
  distance_frame?: number | null;
}

/** Measures that have a value in each frame: for each its name, its unit and its values, null where there is none. */
export interface RunSeries {
  run: Id;
  frames: number;
  first: number;
  fps: number;
  series: unknown;
}

/** What was saved last; it is safe since the position. */
export interface SavedAnswer {
  answered: boolean;
  text?: string | null;
  chosen?: ChosenKey[] | null;
  pairs?: ChosenPair[] | null;
  project?: Id | null;
  revision?: number | null;
  answered_at: Time;
  offline: boolean;
  position: number;
}

/** A teaching scenario of ours, to be run as it is or to begin from. */
export interface Scenario {
  number: number;
  title: string;
  explanation: string;
  scene: unknown;
}

/** What would be said of a scene: why it cannot be kept, what a careful author would change, and how it would be run. The cost is a guess at the processor's time. */
export interface SceneCheck {
  fits: boolean;
  refusals: SceneComplaint[];
  warnings: SceneComplaint[];
  mode?: SimulationMode | null;
  reason?: string | null;
  scene_hash?: string | null;
  bodies?: number | null;
  frames?: number | null;
  cost_ms?: number | null;
  parameters?: SimulationParameter[] | null;
  measures?: SweepMeasureShown[] | null;
}

/** Where in the scene (RFC 6901), and a sentence. */
export interface SceneComplaint {
  pointer: string;
  sentence: string;
}

/** A line for each frame. */
export type SeriesFile = Record<string, never>;

export interface Session {
  session: Id;
  method: LoginMethod;
  device?: string | null;
  started_at: Time;
  last_used_at: Time;
  current?: boolean | null;
}

export interface SettingShown {
  name: string;
  value: number;
}

/** A choice as it is shown: HTML. */
export interface ShownChoice {
  key: string;
  html: string;
}

export interface ShownHint {
  hint: number;
  cost: number;
  html: string;
}

/** A question as a learner sees it. Texts are HTML; in it [[1]], [[2]] … are where blanks are filled in. */
export interface ShownQuestion {
  type: QuestionType;
  html: string;
  blanks?: number | null;
  choices?: ShownChoice[] | null;
  targets?: ShownChoice[] | null;
  scene?: string | null;
}

/** A version of a simulation with its scene, and where it comes from. */
export interface Simulation {
  simulation: Id;
  title?: string | null;
  description?: string | null;
  owner: Id;
  owner_name?: string | null;
  visibility: SimulationVisibility;
  course?: Id | null;
  project?: Id | null;
  archived: boolean;
  version: number;
  latest: number;
  mode: SimulationMode;
  scene_hash: string;
  parent?: Id | null;
  parent_version?: number | null;
  forks: number;
  created_at: Time;
  written_at: Time;
  scene: unknown;
}

/** A number of the scene that a run may set, its range, and its value when nothing is said. */
export interface SimulationParameter {
  name: string;
  minimum: number;
  maximum: number;
  value: number;
}

/** A run: what was asked for, and, once it is over, what came of it. Checkpoints and hashes let anybody run it again and compare bit for bit. */
export interface SimulationRun {
  run: Id;
  simulation: Id;
  version: number;
  requester: Id;
  state: RunState;
  requested_at: Time;
  settled_at?: Time | null;
  settings: SettingShown[];
  seed?: number | null;
  scene_hash: string;
  run_hash?: string | null;
  engine?: string | null;
  mode?: SimulationMode | null;
  reason?: string | null;
  frames?: number | null;
  steps?: number | null;
  trajectory_hash?: string | null;
  energy_drift?: number | null;
  constraint_error?: number | null;
  error_estimate?: number | null;
  measures?: MeasureShown[] | null;
  expectations?: ExpectationShown[] | null;
  cpu_us?: number | null;
  code?: string | null;
  sentence?: string | null;
}

/** What is said there is described in api/stream/README.md. */
export interface SimulationStreamOpened {
  protocol: string;
}

/** A simulation as lists show it. Who was erased has left no title. */
export interface SimulationSummary {
  simulation: Id;
  title?: string | null;
  owner: Id;
  owner_name?: string | null;
  version: number;
  mode: SimulationMode;
  visibility: SimulationVisibility;
  course?: Id | null;
  parent?: Id | null;
  archived: boolean;
  created_at: Time;
  changed_at: Time;
}

/** A sweep: one parameter, and what up to four measures come to at each of its values. */
export interface SimulationSweep {
  sweep: Id;
  simulation: Id;
  version: number;
  requester: Id;
  state: RunState;
  requested_at: Time;
  settled_at?: Time | null;
  parameter: string;
  from: number;
  to: number;
  count: number;
  settings: SettingShown[];
  measures: SweepMeasureShown[];
  points?: SweepPointShown[] | null;
}

export interface SimulationVersion {
  version: number;
  scene_hash: string;
  mode: SimulationMode;
  written_at: Time;
}

/** What holds for the caller: with what was granted to them, and what they have used. */
export interface Sitting {
  content: Id;
  attempts: AttemptSummary[];
  attempts_left?: number | null;
  open?: Id | null;
  time_limit_s?: number | null;
  due_at?: Time | null;
  closes_at?: Time | null;
}

/** What is right, by the latest key; a value is that of the numbers drawn. */
export interface Solution {
  key: number;
  choices?: SolvedChoice[] | null;
  order?: ChosenKey[] | null;
  pairs?: ChosenPair[] | null;
  accepted?: AcceptedText[] | null;
  value?: string | null;
  formula?: string | null;
  blanks?: SolvedBlank[] | null;
}

export interface SolvedBlank {
  accepted?: AcceptedText[] | null;
  value?: string | null;
}

export interface SolvedChoice {
  key: string;
  credit: number;
}

/** A signed BitstringStatusListCredential as JSON-LD. */
export interface StatusCredential {
  id: string;
  issuer: unknown;
  proof: unknown;
}

/** A line for each point. */
export type SweepFile = Record<string, never>;

export interface SweepMeasureShown {
  measure: string;
}

export interface SweepPointShown {
  at: number;
  run_hash?: string | null;
  trajectory?: string | null;
  failure?: string | null;
  results: SweepResultShown[];
}

/** A sweep at a glance: what measures come to, to be looked at and not to be relied on. */
export interface SweepPreview {
  version: number;
  parameter: string;
  measures: SweepMeasureShown[];
  points: SweepPointShown[];
}

export interface SweepResultShown {
  value?: number | null;
}

/** A lesson or an assessment in its section; the rules are the outline's. */
export interface SyllabusEntry {
  item: Id;
  kind: ItemKind;
  content: Id;
  revision: number;
  title: string;
  minutes?: number | null;
  required?: boolean | null;
  rule?: CompletionRule | null;
  score_min?: number | null;
  release_at?: Time | null;
  after?: Id | null;
}

export interface SyllabusSection {
  title: string;
  items: SyllabusEntry[];
}

export interface Tag {
  word: string;
}

export interface TaskParameterShown {
  name: string;
  minimum: number;
  maximum: number;
}

/** What an answer came to when we ran it, or why it did not. */
export interface TaskRunShown {
  run_hash?: string | null;
  trajectory_hash?: string | null;
  failure?: string | null;
  measures: MeasureShown[];
}

/** What may be turned in a simulation task, and how far. The answer's text is a JSON object: a value for each name. */
export interface TaskShown {
  simulation: Id;
  version: number;
  parameters: TaskParameterShown[];
}

/** A session's access token (EdDSA JWT, 15 minutes) and its next refresh token. */
export interface Tokens {
  position: number;
  session: Id;
  user: Id;
  access_token: string;
  refresh_token: string;
  expires_in: number;
}

/** A text with all that a learner completed, was graded and awarded, with proofs for orrery audit check. */
export interface Transcript {
  text: string;
}

/** A line in the administrators' list of people. */
export interface UserSummary {
  user: Id;
  name?: string | null;
  email?: string | null;
  email_verified: boolean;
  roles: Role[];
  suspended: boolean;
  registered_at: Time;
}

/** A version of a question, and the latest key and rubric that belong to it. */
export interface VersionSummary {
  version: number;
  type: QuestionType;
  written_at: Time;
  author?: Id | null;
  key?: number | null;
  rubric?: number | null;
}

/** An answer that waits for somebody to mark it. Whose it is stands there only if it was asked for. */
export interface WaitingResponse {
  attempt: Id;
  slot: number;
  question: Id;
  version: number;
  since: Time;
  marks: number;
  learner?: Id | null;
}

export interface Wallet {
  address?: string | null;
  linked_at: Time;
}

/** Ask for an account. The answer is the same whether or not the e-mail is known. */
export interface RegisterUserBody {
  email: string;
  password: string;
  name: string;
  locale: string;
  region: string;
}

/** Show that the mailbox is yours with the token from the mail. */
export interface VerifyEmailBody {
  token: string;
}

/** Ask for a fresh verification mail. The answer is the same whether or not the e-mail is known. */
export interface RequestEmailVerificationBody {
  email: string;
}

/** Ask for a mail that lets you set a new password. The answer is the same whether or not the e-mail is known. */
export interface RequestPasswordResetBody {
  email: string;
}

/** Set a new password with the token from the mail; every session ends. */
export interface ResetPasswordBody {
  token: string;
  password: string;
}

/** Find people by the beginning of a word in their name, or by role. */
export interface SearchUsersQuery {
  search?: string | null;
  role?: Role | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Your own account. With as_of, as it was then: up to that position of the log, or up to that time. */
export interface AccountQuery {
  as_of?: string | null;
}

/** Change what you show of yourself; absent members stay, an empty text or null clears. */
export interface ChangeProfileBody {
  name?: string | null;
  bio?: string | null;
  avatar_url?: string | null;
  pronouns?: string | null;
  time_zone?: string | null;
  locale?: string | null;
  region?: string | null;
}

/** Change how the platform looks and when it may call you; absent members stay. */
export interface ChangePreferencesBody {
  theme?: Theme | null;
  language?: string | null;
  reduced_motion?: boolean | null;
  captions?: boolean | null;
  notifications?: NotificationChoice[] | null;
}

/** Say who may see your profile. */
export interface ChangePrivacyBody {
  audience: Audience;
}

/** Set a new password with the current one; every session ends. */
export interface ChangePasswordBody {
  current_password: string;
  password: string;
}

/** Ask for another e-mail address; a mail with a token goes there. */
export interface RequestEmailChangeBody {
  password: string;
  email: string;
}

/** Take the new e-mail address with the token that was sent there. */
export interface ConfirmEmailChangeBody {
  token: string;
}

/** A text for the wallet to sign, to link it to your account. */
export interface WalletChallengeQuery {
  address: string;
}

/** Link a Solana wallet by signing the challenge with it (Sign-In-With-Solana). */
export interface LinkWalletBody {
  address: string;
  nonce: string;
  signature: string;
}

/** Unlink a wallet. */
export type UnlinkWalletBody = Record<string, never>;

/** Everything known about you, with event positions. If has_more, ask again, with the last event's as after. */
export interface ExportQuery {
  after?: number | null;
}

/** Erase yourself: the key that seals your data is destroyed, at once and for good. */
export interface EraseUserBody {
  password: string;
}

/** What a person shows to you. */
export type ProfileQuery = Record<string, never>;

/** Give a person a role. */
export type GrantRoleBody = Record<string, never>;

/** Take a role from a person. Everybody stays a learner, and an administrator cannot take the role from themselves. */
export type RevokeRoleBody = Record<string, never>;

/** Close an account until it is restored; its sessions end at once. */
export interface SuspendUserBody {
  reason: string;
}

/** Open a suspended account again. */
export type RestoreUserBody = Record<string, never>;

/** Say what is to be reached, in a course as its instructor or on the platform; who has reached it already gets it too. */
export interface DefineAchievementBody {
  achievement?: Id | null;
  course?: Id | null;
  kind: AchievementKind;
  name: string;
  description: string;
  criteria: string;
  valid_days?: number | null;
  trigger: AchievementTrigger;
  item?: Id | null;
  times?: number | null;
  distinct?: boolean | null;
  window_s?: number | null;
  score_min?: number | null;
  streak_days?: number | null;
}

/** What may be reached in a course; without one, on the platform as a whole. */
export interface AchievementsQuery {
  course?: Id | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Whom a rule would reach, without giving anything to anybody. For those who may define it. */
export interface PreviewAchievementQuery {
  course?: Id | null;
  trigger: AchievementTrigger;
  item?: Id | null;
  times?: number | null;
  distinct?: boolean | null;
  window_s?: number | null;
  score_min?: number | null;
  streak_days?: number | null;
}

/** What may be reached, and how. */
export type AchievementByIdQuery = Record<string, never>;

/** Say anew what is to be reached, for those who have not reached it. */
export interface ReviseAchievementBody {
  kind: AchievementKind;
  name: string;
  description: string;
  criteria: string;
  valid_days?: number | null;
  trigger: AchievementTrigger;
  item?: Id | null;
  times?: number | null;
  distinct?: boolean | null;
  window_s?: number | null;
  score_min?: number | null;
  streak_days?: number | null;
}

/** Let nobody earn the achievement any more. Who has it keeps it. */
export type RetireAchievementBody = Record<string, never>;

/** Take an award back, for good; its credential is told to be revoked from then on. */
export interface RevokeAwardBody {
  reason: string;
}

/** Your award as a credential that others verify without us. The same bytes each time. */
export type AwardCredentialQuery = Record<string, never>;

/** Your award as a PNG picture with the credential inside. */
export type AwardBadgeQuery = Record<string, never>;

/** What you reached, the latest first. */
export interface MyAchievementsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** How well you know each objective of a course, in the course's order. */
export interface MyMasteryQuery {
  course: Id;
  limit?: number | null;
  cursor?: string | null;
}

/** The questions that are due again by now, or by another time; the longest due first. */
export interface MyReviewsQuery {
  course?: Id | null;
  until?: Time | null;
  limit?: number | null;
  cursor?: string | null;
}

/** What you should do next in all your courses or in one of them, and why: nothing that you cannot do now. Attempts whose time ends come first, then deadlines within three days, reviews, what you began, and what is next. */
export interface NextStepsQuery {
  course?: Id | null;
  limit?: number | null;
}

/** Be given questions to practise: of the whole course, or of some of its objectives. Reviews that are due come first, then questions that are neither too easy nor too hard for you. */
export interface StartPracticeBody {
  attempt?: Id | null;
  course: Id;
  objectives?: ObjectiveReference[] | null;
  count?: number | null;
}

/** Your practices, latest first. */
export interface MyPracticeQuery {
  course?: Id | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Answer a question of your practice and hear at once what that is worth. Try again until it is right. What counts for your mastery is the first answer that can be judged. */
export interface AnswerPracticeBody {
  text?: string | null;
  chosen?: ChoiceReference[] | null;
  pairs?: ChoicePair[] | null;
}

/** What you completed, were graded and awarded, each with a proof that it is in the log. */
export type MyTranscriptQuery = Record<string, never>;

/** What a person reached, as far as the person's profile is shown to you; what was taken back is not shown. */
export interface AchievementsOfQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Which awards were taken back, as a signed list of bits that credentials name. */
export type AwardStatusesQuery = Record<string, never>;

/** Whether an award is good. */
export type VerifyAwardQuery = Record<string, never>;

/** Bring a file for lessons. Content-Type says what the body is, and Slug may name it, percent-encoded. Images may have 4 MiB, audio, video, PDF and ZIP 8 MiB, texts 1 MiB, SVG and WebVTT 512 KiB. The same file again changes nothing. */
export type RecordMediaBody = Blob;

/** The bytes of a file. Whoever knows its hash may have them; it is known from the file itself, or from a lesson. Range may ask for one part. */
export type MediaFileQuery = Record<string, never>;

/** Log in with e-mail and password. */
export interface StartSessionBody {
  email: string;
  password: string;
  device?: string | null;
}

/** Exchange the refresh token for new tokens. A token that was exchanged before ends the session. */
export interface RefreshSessionBody {
  refresh_token: string;
}

/** A text for a linked wallet to sign, to log in with it. */
export interface LoginChallengeQuery {
  address: string;
}

/** Log in by signing a challenge with a linked wallet. */
export interface StartWalletSessionBody {
  address: string;
  nonce: string;
  signature: string;
  device?: string | null;
}

/** Your open sessions, newest first. */
export interface SessionsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** End all of your sessions. */
export type RevokeSessionsBody = Record<string, never>;

/** End this session. */
export type LogOutBody = Record<string, never>;

/** End one of your sessions. */
export type RevokeSessionBody = Record<string, never>;

/** Carry out what was kept while there was no network. Lines are commands, carried out in order, each like a request. A line's `id` is its Idempotency-Key and `at` its Client-Time. Who hears no answer sends the same lines again. */
export interface SendOutboxQuery {
  stop?: boolean | null;
}

/** Begin a course; you become its instructor. */
export interface CreateCourseBody {
  course?: Id | null;
  title: string;
  language: string;
  level: CourseLevel;
  origin?: Id | null;
}

/** The catalogue: listed courses that have an edition, newest first; with a search, what fits best first. A language finds its regional ones too. A search takes words, "phrases", or, and -not. */
export interface CatalogueQuery {
  search?: string | null;
  tag?: string | null;
  level?: CourseLevel | null;
  language?: string | null;
  limit?: number | null;
  cursor?: string | null;
}

/** A course. */
export type ReadCourseQuery = Record<string, never>;

/** Change what the catalogue tells of the course; absent members stay, an empty text or null clears. Only instructors say whether it is listed. */
export interface DescribeCourseBody {
  title?: string | null;
  summary?: string | null;
  language?: string | null;
  level?: CourseLevel | null;
  listing?: CourseListing | null;
  image?: string | null;
  tags?: CourseTag[] | null;
}

/** The draft of a course, for its staff. */
export type DraftQuery = Record<string, never>;

/** Say what the course teaches. */
export interface ChangeObjectivesBody {
  objectives: CourseObjective[];
}

/** Put the draft's lessons and assessments in sections and order, with the rules for each. */
export interface ChangeOutlineBody {
  sections: OutlineSection[];
}

/** Take a lesson or an assessment out of the draft for good. Editions keep it. */
export type DiscardItemBody = Record<string, never>;

/** Who works on the course, for those who do. */
export interface CourseStaffQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Let a person work on the course, or give them another role in it. Instructors may. */
export interface AddStaffBody {
  role: CourseRole;
}

/** End a person's work on the course; everybody may end their own. A course keeps an instructor. */
export type RemoveStaffBody = Record<string, never>;

/** Make an edition of the draft as it stands. Instructors may. */
export interface PublishCourseBody {
  edition?: Id | null;
  note?: string | null;
}

/** The editions of a course, newest first. */
export interface EditionsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** An edition's sections and what stands in them. */
export type ReadEditionQuery = Record<string, never>;

/** Take no new learners. Instructors may. */
export type ArchiveCourseBody = Record<string, never>;

/** Take learners again. Instructors may. */
export type ReopenCourseBody = Record<string, never>;

/** The draft of a course as one file, for those who write it. It holds lessons, questions with their keys, assessments, the outline, and the files that texts show. It holds the gradebook's weights, the rules of admission without their code, and achievements; of learners nothing. Without media there are only lines, for a platform that has the files. */
export interface CourseArchiveQuery {
  media?: boolean | null;
}

/** Make a course of an archive. All of it is looked at and decided for trial before the first line is carried out. If anything is wrong, `errors` says in which file, line and member, and nothing is made. With an Idempotency-Key an import that broke off is sent again, and goes on where it stopped. A file that texts show may be left out if the platform has it; the body may have 8 MiB. */
export type ImportCourseQuery = Blob;

/** Make a course of the draft of another, for those who write it, as if it were exported and imported. The new one names the other as its `origin`, and may have a title of its own. */
export interface CloneCourseQuery {
  title?: string | null;
}

/** What the outline of the draft shows and the course has not, for its staff; publishing is refused for it. */
export type CourseCheckQuery = Record<string, never>;

/** What changed from one edition to another, or to the draft. */
export interface CourseChangesQuery {
  from: Id;
  to?: Id | null;
}

/** Add a lesson to the draft of the course; the outline says where it stands. */
export interface WriteLessonBody {
  lesson?: Id | null;
  title: string;
  body: string;
  minutes?: number | null;
  objectives?: ObjectiveReference[] | null;
}

/** Write the next revision of a lesson. Say in `seen` which one you began from, and it is refused if there is a later one. */
export interface ReviseLessonBody {
  seen?: number | null;
  title: string;
  body: string;
  minutes?: number | null;
  objectives?: ObjectiveReference[] | null;
}

/** The revisions of a lesson, latest first, for the course's staff. */
export interface LessonRevisionsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** What changed from one revision of a lesson, or the one before, to another, or the latest. */
export interface LessonChangesQuery {
  from?: number | null;
  to?: number | null;
}

/** A lesson: for learners as their edition has it, for the staff as an edition or a revision has it, or the draft. */
export interface ReadLessonQuery {
  edition?: Id | null;
  revision?: number | null;
}

/** The courses that you work on, drafts and archived ones too. */
export interface CoursesTaughtQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Carry out many commands, one after the other: what is brought from elsewhere, as an outbox but longer. With dry_run each is decided as things stand, without those before it, and nothing is kept. */
export interface SendBulkQuery {
  dry_run?: boolean | null;
  stop?: boolean | null;
}

/** What would happen if answers to a version were graded again by its latest key, or by an earlier one. */
export interface RegradePreviewQuery {
  question: Id;
  version: number;
  key?: number | null;
  policy?: RegradePolicy | null;
}

/** The regrades of an assessment, newest first, for those who grade. */
export interface RegradesQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Have answers to a version of a question graded again by its latest key. Instructors may. Say what you saw before. */
export interface CommitRegradeBody {
  regrade?: Id | null;
  question: Id;
  version: number;
  key: number;
  policy: RegradePolicy;
  previewed: number;
  gains: number;
  losses: number;
  same: number;
  reason: string;
}

/** What the learners of a course have, for those who grade it. */
export interface GradebookQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Put the items of the course in categories, and say what each weighs. What is in no category does not count, unless there are no categories. */
export interface ChangeGradebookBody {
  categories: GradeCategory[];
  items: GradePlacement[];
}

/** The items of the gradebook and their weights, for those who grade. */
export type GradebookColumnsQuery = Record<string, never>;

/** Give a learner a grade for an item, whatever the attempts say, and say why. */
export interface OverrideGradeBody {
  points_milli: number;
  of_milli: number;
  reason: string;
}

/** Let the attempts count again. */
export type EndOverrideBody = Record<string, never>;

/** Have an item count neither for nor against a learner, or count again, and say why. */
export interface ExcuseGradeBody {
  excused: boolean;
  reason: string;
}

/** Who changed this grade: everything that befell it, earliest first, for those who grade. */
export interface GradeHistoryQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** What you have in a course, as far as it is released. */
export type MyGradesQuery = Record<string, never>;

/** Who may join a course, and how many seats are left. */
export type EnrolmentNoticeQuery = Record<string, never>;

/** Take a seat in the course, or a place on its waiting list. */
export interface EnrolBody {
  code?: string | null;
  cohort?: Id | null;
}

/** Give up your seat or place on the waiting list, or decline the invitation. What you did is kept, if you come back. */
export type WithdrawBody = Record<string, never>;

/** Go on with the latest edition of the course. */
export type MoveOnBody = Record<string, never>;

/** What staff decided about joining a course. */
export type EnrolmentPolicyQuery = Record<string, never>;

/** Say who may join the course by themselves, how many, and when. More seats go to those who wait. */
export interface ChangeEnrolmentPolicyBody {
  admission: Admission;
  code?: string | null;
  seats: number;
  places: number;
  opens_at?: Time | null;
  closes_at?: Time | null;
}

/** The cohorts of a course, in the order in which they were defined. */
export interface CohortsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Have a group go through the course together, or change when one does. */
export interface DefineCohortBody {
  name: string;
  opens_at?: Time | null;
  closes_at?: Time | null;
}

/** Let a person take a seat, whoever else may. */
export interface InviteLearnerBody {
  cohort?: Id | null;
}

/** Take an invitation back. */
export type WithdrawInvitationBody = Record<string, never>;

/** Who is or was in the course, in the order in which they came. Who waits, by their place in the queue. */
export interface LearnersQuery {
  standing?: EnrolmentStanding | null;
  cohort?: Id | null;
  limit?: number | null;
  cursor?: string | null;
}

/** A learner's way through the course. */
export type LearnerProgressQuery = Record<string, never>;

/** Give a person a seat, whoever may join and whoever waits. */
export interface EnrolLearnerBody {
  cohort?: Id | null;
}

/** Take the seat, or the place on the waiting list, from a person. The seat goes to who waits longest. */
export interface RemoveLearnerBody {
  reason?: string | null;
}

/** Have a learner, or somebody who waits, belong to another cohort; absent: to none. */
export interface ChangeCohortBody {
  cohort?: Id | null;
}

/** Move a person to another course, whose seat must be free. What was learnt stays with the course left. */
export interface TransferLearnerBody {
  to: Id;
  cohort?: Id | null;
  reason?: string | null;
}

/** Give a learner more time or attempts, in one item or in all. Assistants may too. */
export interface GrantAccommodationBody {
  item?: Id | null;
  due_at?: Time | null;
  extra_time?: number | null;
  extra_attempts?: number | null;
  reason?: string | null;
}

/** Tell that you look at a lesson or an assessment. */
export interface ViewItemBody {
  course: Id;
}

/** Tell that you spent the last seconds with an item; a client that was offline says when that was. No moment counts twice, none before you joined, and so many hours a day; what adds nothing changes nothing. */
export interface SpendTimeBody {
  course: Id;
  seconds: number;
}

/** Keep where you are, to go on there later. */
export interface KeepPlaceBody {
  course: Id;
  place: string;
}

/** The courses that you take, wait for or are invited to, latest first; those that you left when you ask for them. */
export interface MyCoursesQuery {
  standing?: EnrolmentStanding | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Your way through a course. */
export type MyProgressQuery = Record<string, never>;

/** The answers to an assessment that wait for people, those that came first before the others. */
export interface MarkingQuery {
  named?: boolean | null;
  limit?: number | null;
  cursor?: string | null;
}

/** The appeals in an assessment that wait for an answer, the oldest first. */
export interface AppealsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Mark an answer. Where the policy asks for two people, two whose marks are close decide it by their mean. */
export interface MarkResponseBody {
  points_milli: number;
  criteria?: MarkedCriterion[] | null;
  comment?: string | null;
}

/** Decide what an answer is worth, whatever was marked before. Instructors may. */
export interface SettleResponseBody {
  points_milli: number;
  comment?: string | null;
}

/** Say that you do not agree with the grade of an answer, or, with slot 0, of the attempt. */
export interface AppealGradeBody {
  slot: number;
  text: string;
}

/** Answer an appeal. Whatever it changes of the grade is marked before. */
export interface AnswerAppealBody {
  outcome: AppealOutcome;
  answer: string;
}

/** The gradebook as a table: a line for each learner, a column for each item, shares in parts per million. */
export type GradebookFileQuery = Record<string, never>;

/** How the questions of an assessment do, for those who grade. */
export interface AssessmentStatisticsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** How a question does in the course's assessments, for those who grade. */
export interface QuestionStatisticsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Write a question of the course. Learners see it when an assessment has it and its course is published. */
export interface WriteQuestionBody {
  question?: Id | null;
  bank?: string | null;
  type: QuestionType;
  prompt: string;
  choices?: QuestionChoice[] | null;
  targets?: QuestionChoice[] | null;
  hints?: QuestionHint[] | null;
  parameters?: QuestionParameter[] | null;
  computed?: ComputedParameter[] | null;
  conditions?: QuestionCondition[] | null;
  objectives?: ObjectiveReference[] | null;
  difficulty?: number | null;
  keeps_order?: boolean | null;
  explanation?: string | null;
  scene?: string | null;
}

/** The questions of a course, latest written first, for its staff. */
export interface QuestionsQuery {
  bank?: string | null;
  type?: QuestionType | null;
  objective?: Id | null;
  retired?: boolean | null;
  limit?: number | null;
  cursor?: string | null;
}

/** A question with its key, for the course's staff: its latest version, or another one, or another key. */
export interface ReadQuestionQuery {
  version?: number | null;
  key?: number | null;
}

/** Write the next version of a question; papers keep the one they have. Say in `seen` which one you began from, and it is refused if there is a later one. */
export interface ReviseQuestionBody {
  seen?: number | null;
  bank?: string | null;
  type: QuestionType;
  prompt: string;
  choices?: QuestionChoice[] | null;
  targets?: QuestionChoice[] | null;
  hints?: QuestionHint[] | null;
  parameters?: QuestionParameter[] | null;
  computed?: ComputedParameter[] | null;
  conditions?: QuestionCondition[] | null;
  objectives?: ObjectiveReference[] | null;
  difficulty?: number | null;
  keeps_order?: boolean | null;
  explanation?: string | null;
  scene?: string | null;
}

/** Have the question drawn no more. Papers that have it keep it. */
export type RetireQuestionBody = Record<string, never>;

/** Say what a question may be asked for: in papers, for practice, or both. As long as nobody says, it is for papers alone. */
export interface ChangeQuestionUseBody {
  use: QuestionUse;
}

/** Look at a question as learners would, under one seed or another, for the course's staff. */
export interface PreviewQuestionQuery {
  version?: number | null;
  seed?: number | null;
}

/** Say what is right in a version. Grades that were given stay until a regrade. Say in `seen` which key you began from (0: none), and it is refused if there is a later one. */
export interface SetKeyBody {
  version: number;
  seen?: number | null;
  scoring?: ScoringRule | null;
  penalty?: number | null;
  choices?: KeyChoice[] | null;
  order?: ChoiceReference[] | null;
  pairs?: ChoicePair[] | null;
  patterns?: KeyPattern[] | null;
  numbers?: KeyNumber[] | null;
  blanks?: KeyBlank[] | null;
  formula?: string | null;
  variables?: KeyVariable[] | null;
  reason?: string | null;
}

/** Say what people who mark answers to a version go by. */
export interface SetRubricBody {
  version: number;
  criteria: RubricCriterion[];
}

/** Add an assessment to the draft of the course; the outline says where it stands. */
export interface WriteAssessmentBody {
  assessment?: Id | null;
  content?: Id | null;
  title: string;
  instructions?: string | null;
  purpose: AssessmentPurpose;
  slots: PaperSlot[];
}

/** The assessments of a course's draft, for its staff. */
export interface AssessmentsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** An assessment, for those who take its course and for its staff. Instructions are HTML. */
export type ReadAssessmentQuery = Record<string, never>;

/** Write the next revision of an assessment; it is asked from the next edition of the course on. Say in `seen` which one you began from, and it is refused if there is a later one. */
export interface ReviseAssessmentBody {
  content?: Id | null;
  seen?: number | null;
  title: string;
  instructions?: string | null;
  purpose: AssessmentPurpose;
  slots: PaperSlot[];
}

/** Say how the assessment is taken, for everybody and from now on, attempts under way included. What is absent does not bound. */
export interface ChangeAssessmentPolicyBody {
  attempts_max?: number | null;
  time_limit_s?: number | null;
  opens_at?: Time | null;
  due_at?: Time | null;
  closes_at?: Time | null;
  late_window_s: number;
  late_penalty: number;
  keeps: AttemptKeeping;
  feedback: FeedbackTime;
  shows_key: boolean;
  graders: number;
  release: GradeRelease;
  shuffles_questions: boolean;
  shuffles_choices: boolean;
}

/** Let learners see their grades. Instructors may. */
export type ReleaseGradesBody = Record<string, never>;

/** Begin an attempt at the paper that your edition of the course has. */
export interface StartAttemptBody {
  attempt?: Id | null;
  course: Id;
  paper: Id;
}

/** The attempts at an assessment, latest begun first, for those who grade it. */
export interface AttemptsQuery {
  learner?: Id | null;
  open?: boolean | null;
  limit?: number | null;
  cursor?: string | null;
}

/** An attempt, for its learner and for those who grade it. */
export type ReadAttemptQuery = Record<string, never>;

/** Every grade that an attempt ever had, newest first, for its learner and for those who grade. What staff decided about the item stands there too. Practice has no such history. Its learner sees nothing that is kept back, and single answers only where the policy gives feedback. */
export interface AttemptGradesQuery {
  answers?: boolean | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Save an answer; the one that was saved before in this slot is replaced. Once you have the receipt it cannot be lost. A client that was offline says when it was given (Client-Time). A project is handed in as the revision that is named; later ones do not change the answer. */
export interface SaveAnswerBody {
  text?: string | null;
  chosen?: ChoiceReference[] | null;
  pairs?: ChoicePair[] | null;
  project?: Id | null;
  revision?: number | null;
}

/** Have an answer graded now, and change it no more. Where the policy gives feedback after each answer. */
export type FinishAnswerBody = Record<string, never>;

/** Take a hint. They are taken in their order, and each costs what it says. */
export type TakeHintBody = Record<string, never>;

/** Hand in the attempt. A client that was offline says when it was done (Client-Time). */
export type SubmitAttemptBody = Record<string, never>;

/** Keep a scene: one of your own, or one of the teaching scenarios by its number. It is private at first. A scene that cannot be run is refused, and each complaint says where and why. Name nobody within the scene: unlike title and description it outlives you, since results rest on it. */
export interface CreateSimulationBody {
  simulation?: Id | null;
  title: string;
  description?: string | null;
  scene?: unknown | null;
  scenario?: number | null;
}

/** The simulations that everybody may see, latest created first; with `search`, those whose titles have these words. */
export interface SimulationGalleryQuery {
  search?: string | null;
  limit?: number | null;
  cursor?: string | null;
}

/** Turns into a WebSocket of the protocol orrery.sim.v1: runs come as they are computed, are played, paused and sought. The access token comes in Authorization, or from a page as one more protocol: orrery.token. and the token. */
export type SimulationStreamQuery = Record<string, never>;

/** The frames of a run, as physics/trajectory.h writes them: binary, one behind the other, from `from` to `to`. With `keys` the key frames alone, one of sixty. What begins behind a key frame cannot be decoded without that. Fields X-Frames, X-Frame-Quantum, X-Frame-Bodies and X-Frames-Per-Second tell what is needed to read them. */
export interface FramesOfRunQuery {
  from?: number | null;
  to?: number | null;
  keys?: boolean | null;
}

/** Your simulations, latest created first. */
export interface MySimulationsQuery {
  archived?: boolean | null;
  limit?: number | null;
  cursor?: string | null;
}

/** A simulation, its latest version or the one asked for, for those who may see it. */
export interface ReadSimulationQuery {
  version?: number | null;
}

/** Call the simulation otherwise, or say something else of it. */
export interface DescribeSimulationBody {
  title?: string | null;
  description?: string | null;
}

/** Write the next version of the scene. Say in `seen` which one you began from, and it is refused if there is a later one. */
export interface WriteSceneBody {
  seen?: number | null;
  scene: unknown;
}

/** Write the next version of the scene by operations (RFC 6902) on the one that you saw. What somebody wrote since is brought together with yours, field by field. Where both changed the same it is refused, and `conflicts` tells both sides. */
export interface EditSceneBody {
  seen: number;
  operations: unknown;
}

/** The versions of a simulation, latest first, for those who may see it. */
export interface SimulationVersionsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Say who may see the simulation: nobody but you, those of a course whose staff you are, or everybody. */
export interface ShareSimulationBody {
  visibility: SimulationVisibility;
  course?: Id | null;
}

/** Let those who work on a project see the simulation, and its owners and editors write the scene with you. It is lent to one project at a time, one that you may write yourself. */
export interface LendSimulationBody {
  project: Id;
}

/** Have the simulation lent to no project any more. */
export type TakeBackSimulationBody = Record<string, never>;

/** Have the simulation changed no more and left out of lists. */
export type ArchiveSimulationBody = Record<string, never>;

/** Have an archived simulation in lists again, and to be changed. */
export type ReopenSimulationBody = Record<string, never>;

/** Keep a version of a simulation that you may see as one of your own. It remembers where it comes from. */
export interface ForkSimulationBody {
  simulation?: Id | null;
  version?: number | null;
  title: string;
  description?: string | null;
}

/** Have a version run, the latest unless you say which, with other values of its parameters if you like. The answer tells the run's id; its result is there once it is done. */
export interface RunSimulationBody {
  run?: Id | null;
  version?: number | null;
  settings?: ParameterSetting[] | null;
  seed?: number | null;
}

/** The runs of the simulation that you asked for, latest first. */
export interface SimulationRunsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** A run of the simulation, for those who may see it. */
export type ReadRunQuery = Record<string, never>;

/** Say that you do not want a run any more that you asked for. */
export type CancelRunBody = Record<string, never>;

/** Have a version run so many times, one parameter going evenly from one value to another, ends included. Of each run up to four measures are told; without naming them, the first four of the scene. */
export interface SweepSimulationBody {
  sweep?: Id | null;
  version?: number | null;
  parameter: string;
  from: number;
  to: number;
  count: number;
  settings?: ParameterSetting[] | null;
  measures?: SweepMeasure[] | null;
}

/** The sweeps of the simulation that you asked for, latest first. */
export interface SimulationSweepsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** See a whole sweep at once, where bodies move each for itself: pendulums, oscillators, projectiles, orbits. Nothing of it is kept, and no run is used up. */
export interface PreviewSweepQuery {
  version?: number | null;
  parameter: string;
  from: number;
  to: number;
  count: number;
  settings?: ParameterSetting[] | null;
  measures?: SweepMeasure[] | null;
}

/** A sweep of the simulation, for those who may see it. */
export type ReadSweepQuery = Record<string, never>;

/** Look at a scene without keeping it. */
export interface CheckSceneQuery {
  scene: unknown;
  settings?: ParameterSetting[] | null;
}

/** The teaching scenarios, by their numbers. */
export type ScenariosQuery = Record<string, never>;

/** The formulas that runs can be held to. */
export type FormulasQuery = Record<string, never>;

/** Draw a formula: its values along one of its arguments, the others as given. */
export interface ComputeFormulaQuery {
  formula: string;
  arguments?: ParameterSetting[] | null;
  along: string;
  from: number;
  to: number;
  count: number;
}

/** Two runs that you may see, of whatever simulations, beside each other. */
export interface CompareRunsQuery {
  a: Id;
  b: Id;
}

/** What a run's measures come to frame by frame. Frames that are not kept any more are computed again. */
export interface ReadSeriesQuery {
  from?: number | null;
  count?: number | null;
}

/** The same as CSV: frame, time, and each measure with its unit. */
export interface SeriesTableQuery {
  from?: number | null;
  count?: number | null;
}

/** A sweep as CSV: the parameter, the measures, and why a point failed. */
export type SweepTableQuery = Record<string, never>;

/** Say what is right in a version of a simulation task: the simulation, what may be turned, and what must come out. Grades that were given stay until a regrade. Say in `seen` which key you began from (0: none), and it is refused if there is a later one. */
export interface SetTaskBody {
  version: number;
  seen?: number | null;
  simulation: Id;
  simulation_version?: number | null;
  parameters: TaskParameter[];
  criteria: TaskCriterion[];
  reason?: string | null;
}

/** Begin a project; you own it, and nobody else sees it yet. */
export interface CreateProjectBody {
  project?: Id | null;
  title: string;
  summary?: string | null;
  body?: string | null;
  language: string;
  tags?: ProjectTag[] | null;
  attachments?: ProjectAttachment[] | null;
}

/** Public projects, the newest first or the most liked; with a search, what fits best first. A search takes words, "phrases", or, and -not. */
export interface GalleryQuery {
  search?: string | null;
  tag?: string | null;
  language?: string | null;
  order?: ProjectOrder | null;
  limit?: number | null;
  cursor?: string | null;
}

/** What was reported, the latest first, for administrators. */
export interface ReportedProjectsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** A project, in its latest revision; in another for those who take part, and for those whom that was handed in to. */
export interface ReadProjectQuery {
  revision?: number | null;
}

/** Change the document: its text by a new `body`, its title, summary, language, tags and attachments by a `patch`. That is a JSON patch (RFC 6902) of an object that has these five. Say in `seen` which revision you began from; what others changed since is kept where it does not touch your change. Where it does, nothing changes, and the problem has both sides in `conflicts`. */
export interface ReviseProjectBody {
  seen: number;
  body?: string | null;
  patch?: unknown | null;
}

/** The revisions of a project, latest first, for those who take part. */
export interface ProjectRevisionsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Make an earlier revision the latest again, as a new one. */
export type RestoreProjectBody = Record<string, never>;

/** What changed from one revision, or the one before, to another, or the latest. For those who take part. */
export interface ProjectChangesQuery {
  from?: number | null;
  to?: number | null;
}

/** What happened in the project, the latest first, for those who take part. */
export interface ProjectActivityQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Say who may see the project: those who take part, those of a course too, or everybody. Owners may. */
export interface ShareProjectBody {
  visibility: ProjectVisibility;
  course?: Id | null;
}

/** Let the project rest. Owners may. */
export type ArchiveProjectBody = Record<string, never>;

/** Change the project again. Owners may. */
export type ReopenProjectBody = Record<string, never>;

/** Who takes part in the project, and who was asked to, for those who do. */
export interface ProjectMembersQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Give somebody who takes part another role. Owners may. A project keeps an owner. */
export interface ChangeProjectRoleBody {
  role: ProjectRole;
}

/** End somebody's part in the project; owners may, and everybody their own. A project keeps an owner. */
export type LeaveProjectBody = Record<string, never>;

/** Make somebody who takes part the owner in your place; you stay as an editor. An administrator may where the owners are gone. */
export interface HandOverProjectBody {
  member: Id;
}

/** Ask a person to take part, or ask again in another role. Owners may. */
export interface InviteToProjectBody {
  role: ProjectRole;
}

/** Decline an invitation of yours, or take one back that the project's owners made. */
export type EndProjectInvitationBody = Record<string, never>;

/** Take part in a project that you were invited to. */
export type AcceptProjectBody = Record<string, never>;

/** Make a project of your own out of a revision of this one, the latest unless you say another. It says where it comes from. */
export interface ForkProjectBody {
  fork?: Id | null;
  revision?: number | null;
}

/** Public projects that were made out of this one, newest first. */
export interface ProjectForksQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Say something about the project, or answer a comment. Answers to answers there are none. */
export interface CommentProjectBody {
  comment?: Id | null;
  parent?: Id | null;
  text: string;
}

/** What was said about the project, oldest first; answers name the comment that they belong to. */
export interface ProjectCommentsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** Say it otherwise. Its author may. */
export interface ChangeCommentBody {
  text: string;
}

/** Take a comment away; its author may, the project's owners and administrators. */
export type DeleteCommentBody = Record<string, never>;

/** Like the project. Once is enough. */
export type LikeProjectBody = Record<string, never>;

/** Like it no longer. */
export type UnlikeProjectBody = Record<string, never>;

/** Tell the administrators that the project should not be shown, and why. */
export interface ReportProjectBody {
  reason: string;
}

/** Close the reports of a project, whether or not it is hidden. */
export type ClearProjectBody = Record<string, never>;

/** Let nobody see the project but who takes part, and tell them why. */
export interface HideProjectBody {
  reason: string;
}

/** Let the project be seen again. */
export type ShowProjectBody = Record<string, never>;

/** The projects that you take part in, archived and hidden ones too. */
export interface MyProjectsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** The projects that ask for you. */
export interface MyProjectInvitationsQuery {
  limit?: number | null;
  cursor?: string | null;
}

/** What each event says; what named an erased person is null. */
export interface Events {
  /** A person asked for an account; it opens when the e-mail is verified. */
  user_registered: {
    user: Id;
    email: string | null;
    password_hash: string | null;
    name: string | null;
    locale: string;
    region: string;
    token: string | null;
    token_hash: string;
    expires_at: Time;
  };
  /** Somebody tried to register with an e-mail that already has an account; its owner is told by mail. */
  registration_repeated: {
    user: Id;
  };
  /** A fresh verification link was asked for. */
  email_verification_requested: {
    user: Id;
    token: string | null;
    token_hash: string;
    expires_at: Time;
    requested_at: Time;
  };
  /** The person showed that the mailbox is theirs. */
  email_verified: {
    user: Id;
  };
  /** A link to set a new password was asked for. */
  password_reset_requested: {
    user: Id;
    token: string | null;
    token_hash: string;
    expires_at: Time;
    requested_at: Time;
  };
  /** The password is a new one. */
  password_changed: {
    user: Id;
    password_hash: string | null;
    reason: PasswordChange;
  };
  /** The person wants another e-mail address; the new one must confirm. */
  email_change_requested: {
    user: Id;
    email: string | null;
    token: string | null;
    token_hash: string;
    expires_at: Time;
  };
  /** The new e-mail address confirmed; the old one is free again. */
  email_changed: {
    user: Id;
    email: string | null;
  };
  /** What the person shows of themselves; what is absent stays as it was, an empty text clears. */
  profile_changed: {
    user: Id;
    name?: string | null;
    bio?: string | null;
    avatar_url?: string | null;
    pronouns?: string | null;
    time_zone?: string | null;
    locale?: string | null;
    region?: string | null;
  };
  /** How the person wants the platform to look and when it may call; what is absent stays as it was. */
  preferences_changed: {
    user: Id;
    theme?: Theme | null;
    language?: string | null;
    reduced_motion?: boolean | null;
    captions?: boolean | null;
    notifications?: NotificationChoice[] | null;
  };
  /** Who may see the profile. */
  privacy_changed: {
    user: Id;
    audience: Audience;
  };
  /** The person may do what the role allows. */
  role_granted: {
    user: Id;
    role: Role;
  };
  /** The person may no longer do what the role allows. */
  role_revoked: {
    user: Id;
    role: Role;
  };
  /** The account is closed until it is restored; its sessions are over. */
  user_suspended: {
    user: Id;
    reason: string | null;
  };
  /** The account that was suspended is open again. */
  user_restored: {
    user: Id;
  };
  /** The person signed with a Solana wallet and may log in with it. */
  wallet_linked: {
    user: Id;
    address: string | null;
    nonce: string;
  };
  /** The wallet no longer belongs to the account. */
  wallet_unlinked: {
    user: Id;
    address: string | null;
  };
  /** The person's key is destroyed; what it sealed is forgotten, everywhere. */
  user_erased: {
    user: Id;
  };
  /** Somebody logged in. */
  session_started: {
    session: Id;
    user: Id;
    login?: Id | null;
    method: LoginMethod;
    device: string | null;
    epoch: number;
    nonce?: string | null;
  };
  /** The session's refresh token was exchanged for the next one. */
  session_refreshed: {
    session: Id;
    user: Id;
    generation: number;
  };
  /** One session is over. */
  session_revoked: {
    session: Id;
    user: Id;
    ending: SessionEnding;
  };
  /** Every session of the person that began before is over. */
  sessions_revoked: {
    user: Id;
    epoch: number;
  };
  /** A wrong password for this e-mail address, known or not; from the third in a row on, further tries must wait. */
  login_failed: {
    login: Id;
    failures: number;
    locked_until: Time;
  };
  /** An operator opened what names persons in the log. */
  log_unsealed: {
    operator: Id;
    operator_name: string | null;
    verb: AuditVerb;
    selection: string;
    persons: number;
    reason?: string | null;
  };
  /** An operator opened what names this person. */
  personal_data_viewed: {
    user: Id;
    operator: Id;
    verb: AuditVerb;
    reason: string | null;
  };
  /** A subscription gave up delivering an event for now; what follows it in the same stream waits. */
  delivery_parked: {
    subscription: Id;
    name: string;
    position: number;
    attempts: number;
    cause: ParkingCause;
    failure?: string | null;
  };
  /** An operator wants a parked event to be delivered again. */
  delivery_retried: {
    subscription: Id;
    position: number;
  };
  /** An operator gave a parked event up for good: it counts as dealt with, and what waits behind it goes on. */
  delivery_discarded: {
    subscription: Id;
    position: number;
    reason: string;
  };
  /** A parked event was delivered after all. */
  delivery_settled: {
    subscription: Id;
    position: number;
  };
  /** A subscription begins to deliver in this epoch of the log; should it lose its memory, this tells that it had one. */
  subscription_began: {
    subscription: Id;
    name: string;
    epoch: number;
    position: number;
  };
  /** A course came into being, as a draft that only its staff sees. */
  course_created: {
    course: Id;
    creator: Id;
    title: string;
    language: string;
    level: CourseLevel;
    origin?: Id | null;
  };
  /** What the catalogue tells of the course; what is absent stays as it was, an empty text clears. */
  course_described: {
    course: Id;
    title?: string | null;
    summary?: string | null;
    language?: string | null;
    level?: CourseLevel | null;
    listing?: CourseListing | null;
    image?: string | null;
    tags?: CourseTag[] | null;
  };
  /** A person works on the course in this role. */
  staff_joined: {
    course: Id;
    member: Id;
    role: CourseRole;
  };
  /** A person works on the course no longer. */
  staff_left: {
    course: Id;
    member: Id;
  };
  /** What the course teaches; questions and lessons refer to these. */
  objectives_changed: {
    course: Id;
    objectives: CourseObjective[];
  };
  /** The draft's sections, and what stands in them, are these. */
  outline_changed: {
    course: Id;
    outline: number;
    sections: OutlineSection[];
  };
  /** A lesson or an assessment is no longer part of the draft, nor can be. */
  item_discarded: {
    course: Id;
    item: Id;
  };
  /** An edition: the outline and the revision of each of its items, for good. */
  course_published: {
    course: Id;
    edition: Id;
    number: number;
    outline: number;
    items: EditionItem[];
    note?: string | null;
  };
  /** The course takes no new learners; who is in it may finish. */
  course_archived: {
    course: Id;
  };
  /** The archived course takes learners again. */
  course_reopened: {
    course: Id;
  };
  /** A revision of a lesson. */
  lesson_written: {
    lesson: Id;
    course: Id;
    content: Id;
    revision: number;
    title: string;
    body: string;
    minutes?: number | null;
    objectives: ObjectiveReference[];
  };
  /** Who may join the course by themselves, how many, and when. What is absent does not bound. */
  enrolment_policy_changed: {
    course: Id;
    admission: Admission;
    code?: string | null;
    seats: number;
    places: number;
    opens_at?: Time | null;
    closes_at?: Time | null;
  };
  /** A group that goes through the course together, and when: its learners may do nothing before and nothing after. */
  cohort_defined: {
    course: Id;
    cohort: Id;
    name: string;
    opens_at?: Time | null;
    closes_at?: Time | null;
  };
  /** A person took a seat in the course; from this moment on, of this edition. */
  learner_enrolled: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    edition: Id;
    cohort?: Id | null;
    source: EnrolmentSource;
    enrolled_at: Time;
  };
  /** A person waits for a seat. Who took the course before will go on with the edition begun then. */
  learner_waitlisted: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    edition?: Id | null;
    cohort?: Id | null;
  };
  /** A person gave up the seat, or the place on the waiting list, or lost it. */
  learner_withdrawn: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    reason?: string | null;
  };
  /** A person may take a seat, whoever else may. */
  learner_invited: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    cohort?: Id | null;
  };
  /** The invitation is no longer good, or was declined. */
  invitation_withdrawn: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
  };
  /** The learner goes on with the latest edition; what was complete and stands in it too is complete in it. */
  learner_moved_on: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    edition: Id;
  };
  /** The learner belongs to another cohort, or to none. */
  cohort_changed: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    cohort?: Id | null;
  };
  /** What is different for this learner, in one item or in all, instead of what was granted for the same before. */
  accommodation_granted: {
    enrolment: Id;
    history: Id;
    course: Id;
    learner: Id;
    item?: Id | null;
    due_at?: Time | null;
    extra_time?: number | null;
    extra_attempts?: number | null;
    reason?: string | null;
  };
  /** The learner looked at a lesson or an assessment for the first time. */
  item_viewed: {
    enrolment: Id;
    history: Id;
    course: Id;
    learner: Id;
    item: Id;
  };
  /** The learner spent this time with an item, as far as it was not counted before. */
  time_spent: {
    enrolment: Id;
    history: Id;
    course: Id;
    learner: Id;
    item: Id;
    began_at: Time;
    ended_at: Time;
    spent_ms: number;
  };
  /** Where in the item the learner was: the name of a place in its page. */
  place_kept: {
    enrolment: Id;
    history: Id;
    course: Id;
    learner: Id;
    item: Id;
    place: string;
  };
  /** The learner did with the item what its rule asks for. */
  item_completed: {
    enrolment: Id;
    history: Id;
    course: Id;
    learner: Id;
    item: Id;
    rule: CompletionRule;
  };
  /** Everything that this edition requires is complete. Happens once in an enrolment, whatever editions follow. */
  course_completed: {
    enrolment: Id;
    course: Id;
    history: Id;
    learner: Id;
    edition: Id;
  };
  /** A person brought a file. */
  media_uploaded: {
    media: Id;
    upload: Id;
    history: Id;
    uploader: Id;
    hash: string;
    type: string;
    bytes: number;
    name?: string | null;
    uploaded_at: Time;
  };
  /** A version of a question. */
  question_written: {
    question: Id;
    course: Id;
    version: number;
    bank?: string | null;
    type: QuestionType;
    prompt: string;
    choices?: QuestionChoice[] | null;
    targets?: QuestionChoice[] | null;
    hints?: QuestionHint[] | null;
    parameters?: QuestionParameter[] | null;
    computed?: ComputedParameter[] | null;
    conditions?: QuestionCondition[] | null;
    objectives?: ObjectiveReference[] | null;
    difficulty?: number | null;
    keeps_order?: boolean | null;
    explanation?: string | null;
    scene?: string | null;
  };
  /** What is right in this version from now on. Each type has its part of the key. */
  key_set: {
    question: Id;
    course: Id;
    version: number;
    key: number;
    scoring?: ScoringRule | null;
    penalty?: number | null;
    choices?: KeyChoice[] | null;
    order?: ChoiceReference[] | null;
    pairs?: ChoicePair[] | null;
    patterns?: KeyPattern[] | null;
    numbers?: KeyNumber[] | null;
    blanks?: KeyBlank[] | null;
    formula?: string | null;
    variables?: KeyVariable[] | null;
    reason?: string | null;
  };
  /** What people who mark answers to this version go by from now on. */
  rubric_set: {
    question: Id;
    course: Id;
    version: number;
    rubric: number;
    criteria: RubricCriterion[];
  };
  /** The question is drawn no more for practice, and goes into no other assessment. Papers keep it. */
  question_retired: {
    question: Id;
    course: Id;
  };
  /** A paper: what an assessment asks, in its next revision. */
  assessment_written: {
    assessment: Id;
    course: Id;
    content: Id;
    revision: number;
    title: string;
    instructions?: string | null;
    purpose: AssessmentPurpose;
    slots: PaperSlot[];
  };
  /** From `since` on this is what holds. Absent: no limit, no bound. Times of a day are for everybody the same. */
  assessment_policy_changed: {
    assessment: Id;
    course: Id;
    since: Time;
    attempts_max?: number | null;
    time_limit_s?: number | null;
    opens_at?: Time | null;
    due_at?: Time | null;
    closes_at?: Time | null;
    late_window_s: number;
    late_penalty: number;
    keeps: AttemptKeeping;
    feedback: FeedbackTime;
    shows_key: boolean;
    graders: number;
    release: GradeRelease;
    shuffles_questions: boolean;
    shuffles_choices: boolean;
  };
  /** Learners see their grades, where the policy kept them back. */
  grades_released: {
    assessment: Id;
    course: Id;
  };
  /** The question may be asked for this from now on: in papers, for practice, or both. Papers that have it keep it. */
  question_use_changed: {
    question: Id;
    course: Id;
    use: QuestionUse;
  };
  /** A learner was asked these questions, drawn under this seed. */
  attempt_started: {
    attempt: Id;
    sitting: Id;
    assessment: Id;
    history: Id;
    enrolment: Id;
    course: Id;
    learner: Id;
    content: Id;
    number: number;
    seed: number;
    started_at: Time;
    expires_at?: Time | null;
    shuffles_choices: boolean;
    questions: AttemptQuestion[];
  };
  /** What the learner answers in this slot, in place of what was answered before. Nothing at all takes the answer back. */
  answer_saved: {
    attempt: Id;
    history: Id;
    learner: Id;
    slot: number;
    answered: boolean;
    text?: string | null;
    chosen?: ChoiceReference[] | null;
    pairs?: ChoicePair[] | null;
    answered_at: Time;
    offline: boolean;
  };
  /** The learner took the next hint, at this cost, per mille of the question's points. */
  hint_taken: {
    attempt: Id;
    history: Id;
    learner: Id;
    slot: number;
    hint: number;
    cost: number;
  };
  /** The learner wants this answer graded, and changes it no more. */
  answer_finished: {
    attempt: Id;
    history: Id;
    learner: Id;
    slot: number;
  };
  /** Nothing changes in the attempt any more; it is graded. The penalty, for being late, is per mille of the points. */
  attempt_submitted: {
    attempt: Id;
    sitting?: Id | null;
    history: Id;
    assessment?: Id | null;
    enrolment: Id;
    course: Id;
    learner: Id;
    submitted_at: Time;
    cause: AttemptEnd;
    penalty: number;
  };
  /** A learner was given these questions to practise, each for a reason; they are graded one by one. */
  practice_started: {
    attempt: Id;
    history: Id;
    enrolment: Id;
    course: Id;
    learner: Id;
    seed: number;
    started_at: Time;
    questions: PracticeQuestion[];
  };
  /** What a practice was drawn from, by which rules, and why each question was given, in the order of the slots. */
  practice_drawn: {
    attempt: Id;
    learner: Id;
    as_of: number;
    drawn_at: Time;
    count: number;
    target_least_ppm: number;
    target_most_ppm: number;
    rest_s: number;
    slip_ppm: number;
    facility_ppm: number;
    candidates: PracticeCandidate[];
    picks: PracticePick[];
  };
  /** What the answer that was saved before is worth. The first one that could be judged counts; a later one only helps. */
  practice_judged: {
    attempt: Id;
    history: Id;
    learner: Id;
    slot: number;
    question: Id;
    version: number;
    try: number;
    key: number;
    grader: number;
    verdict: Judgement;
    points_milli: number;
    of_milli: number;
    counts: boolean;
    finished: boolean;
  };
  /** What answers are worth by their keys. Those that nobody could tell are undecided, and wait for people. */
  responses_graded: {
    attempt: Id;
    sitting?: Id | null;
    history: Id;
    enrolment: Id;
    course: Id;
    assessment?: Id | null;
    learner: Id;
    grader: number;
    regrade?: Id | null;
    responses: GradedResponse[];
  };
  /** A person marked an answer. It is decided when as many people agreed as the policy asks for, or by an instructor. */
  response_marked: {
    attempt: Id;
    sitting: Id;
    history: Id;
    enrolment: Id;
    course: Id;
    assessment: Id;
    learner: Id;
    slot: number;
    question: Id;
    version: number;
    marker: Id;
    rubric: number;
    criteria?: MarkedCriterion[] | null;
    marked_milli: number;
    settles: boolean;
    decided: boolean;
    points_milli: number;
    comment?: string | null;
  };
  /** Every answer of the attempt is decided, for the first time or in another way than before. Being late is counted in. */
  attempt_graded: {
    attempt: Id;
    sitting?: Id | null;
    enrolment: Id;
    history: Id;
    course: Id;
    assessment?: Id | null;
    learner: Id;
    points_milli: number;
    of_milli: number;
    penalty: number;
    cause: GradeCause;
    regrade?: Id | null;
  };
  /** The learner does not agree with the grade of an answer, or of the attempt as a whole (slot 0). */
  grade_appealed: {
    attempt: Id;
    sitting: Id;
    history: Id;
    course: Id;
    assessment: Id;
    learner: Id;
    appeal: number;
    slot: number;
    text: string | null;
  };
  /** Staff answered an appeal; what it changed of the grade stands in the marks before. */
  appeal_answered: {
    attempt: Id;
    sitting: Id;
    history: Id;
    course: Id;
    assessment: Id;
    learner: Id;
    appeal: number;
    outcome: AppealOutcome;
    answer: string | null;
  };
  /** Answers to this version are worth what this key says, also where they were graded before. Beside it stands what was foretold. */
  regrade_committed: {
    regrade: Id;
    assessment: Id;
    course: Id;
    question: Id;
    version: number;
    key: number;
    policy: RegradePolicy;
    previewed: number;
    gains: number;
    losses: number;
    same: number;
    reason: string;
  };
  /** Staff gave the learner this grade for the item, whatever the attempts say. Without points, they count again. */
  grade_overridden: {
    sitting: Id;
    enrolment: Id;
    history: Id;
    course: Id;
    item: Id;
    learner: Id;
    points_milli?: number | null;
    of_milli?: number | null;
    reason?: string | null;
  };
  /** The item counts neither for nor against the learner; or it counts again. */
  grade_excused: {
    sitting: Id;
    enrolment: Id;
    history: Id;
    course: Id;
    item: Id;
    learner: Id;
    excused: boolean;
    reason?: string | null;
  };
  /** The categories of the course's items, and what each weighs. Without any, all items weigh the same. */
  gradebook_changed: {
    course: Id;
    categories: GradeCategory[];
    items: GradePlacement[];
  };
  /** There is an achievement with this rule, or it has another rule from now on; awards tell by which they were given. */
  achievement_defined: {
    achievement: Id;
    version: number;
    course?: Id | null;
    kind: AchievementKind;
    name: string;
    description: string;
    criteria: string;
    valid_days?: number | null;
    trigger: AchievementTrigger;
    item?: Id | null;
    times: number;
    distinct: boolean;
    window_s?: number | null;
    score_min?: number | null;
    streak_days?: number | null;
  };
  /** Nobody earns the achievement any more; who has it keeps it. */
  achievement_retired: {
    achievement: Id;
  };
  /** A learner reached the achievement, by this version of its rule and the event at this position. */
  achievement_awarded: {
    award: Id;
    achievement: Id;
    history: Id;
    awards: Id;
    learner: Id;
    version: number;
    evidence: number;
  };
  /** An award was taken back, for good. */
  award_revoked: {
    award: Id;
    achievement: Id;
    history: Id;
    learner: Id;
    reason: string | null;
  };
  /** Somebody keeps a scene. What was forked names the version that it comes from. */
  simulation_created: {
    simulation: Id;
    history: Id;
    owner: Id;
    title: string | null;
    description?: string | null;
    parent?: Id | null;
    parent_version?: number | null;
  };
  /** A version of the scene. It never changes. */
  scene_written: {
    simulation: Id;
    version: number;
    packed: string;
    scene_hash: string;
    mode: SimulationMode;
  };
  /** The simulation is called otherwise, or something else is said of it. */
  simulation_described: {
    simulation: Id;
    owner: Id;
    title?: string | null;
    description?: string | null;
  };
  /** Who may see the simulation from now on: its owner, those of a course, or everybody. */
  simulation_shared: {
    simulation: Id;
    visibility: SimulationVisibility;
    course?: Id | null;
  };
  /** The simulation is changed no more, and lists leave it out. What refers to it finds it. */
  simulation_archived: {
    simulation: Id;
  };
  /** The simulation may be changed again. */
  simulation_reopened: {
    simulation: Id;
  };
  /** Somebody wants this version run, with these values of its parameters; the scene's own where they say nothing. */
  simulation_run_requested: {
    run: Id;
    history: Id;
    simulation: Id;
    version: number;
    requester: Id;
    requested_at: Time;
    scene_hash: string;
    settings: ParameterSetting[];
    seed?: number | null;
  };
  /** The run went to its end. Checkpoints are links of the chain, one after every so many frames. */
  simulation_run_completed: {
    run: Id;
    history: Id;
    simulation: Id;
    requester: Id;
    scene_hash: string;
    run_hash: string;
    engine: string;
    mode: SimulationMode;
    reason: string;
    frames: number;
    steps: number;
    trajectory_hash: string;
    checkpoint_frames: number;
    checkpoints: string;
    energy_drift?: number | null;
    constraint_error: number;
    error_estimate?: number | null;
    measures: RunMeasure[];
    expectations: RunExpectation[];
    cpu_us: number;
  };
  /** The run came to no end, for the reason of that word. The frames that there are are good. */
  simulation_run_failed: {
    run: Id;
    history: Id;
    simulation: Id;
    requester: Id;
    scene_hash: string;
    run_hash?: string | null;
    code: string;
    frames: number;
    sentence: string;
  };
  /** Who asked for the run does not want it any more. */
  simulation_run_cancelled: {
    run: Id;
    history: Id;
    simulation: Id;
    requester: Id;
  };
  /** Somebody wants this version run so many times, one parameter going evenly from one value to another. */
  simulation_sweep_requested: {
    sweep: Id;
    history: Id;
    simulation: Id;
    version: number;
    requester: Id;
    requested_at: Time;
    parameter: string;
    from: number;
    to: number;
    count: number;
    settings: ParameterSetting[];
    measures: SweepMeasure[];
  };
  /** All points were run, or failed, in the order of the parameter. */
  simulation_sweep_completed: {
    sweep: Id;
    history: Id;
    simulation: Id;
    requester: Id;
    points: SweepPoint[];
  };
  /** What a key of a simulation task says: which version of which simulation, what may be turned, and what must come out. */
  task_set: {
    question: Id;
    course: Id;
    version: number;
    key: number;
    simulation: Id;
    simulation_version: number;
    parameters: TaskParameter[];
    criteria: TaskCriterion[];
  };
  /** What an answer came to when we ran it. With a failure there are no measures: values_unfit is the answer's own fault. */
  task_run_completed: {
    attempt: Id;
    history: Id;
    learner: Id;
    slot: number;
    question: Id;
    version: number;
    key: number;
    simulation: Id;
    simulation_version: number;
    scene_hash?: string | null;
    run_hash?: string | null;
    engine?: string | null;
    trajectory_hash?: string | null;
    failure?: string | null;
    measures: RunMeasure[];
  };
  /** Who works on this project sees the simulation from now on, and writes its scene as they may write the project. Without a project it is lent to nobody any more. */
  simulation_lent: {
    simulation: Id;
    project?: Id | null;
  };
  /** A project came into being. What was forked names where it comes from, and whose that was. */
  project_created: {
    project: Id;
    history: Id;
    creator: Id;
    origin?: Id | null;
    origin_revision?: number | null;
    origin_author?: Id | null;
  };
  /** A revision of a project: everything in it. A restored one says which it is a copy of. */
  project_revised: {
    project: Id;
    content: Id;
    history: Id;
    revision: number;
    author: Id;
    cause: ProjectCause;
    restored?: number | null;
    title: string | null;
    summary: string | null;
    body: string | null;
    language: string;
    tags: ProjectTag[];
    attachments: ProjectAttachment[];
  };
  /** Who may see the project from now on: those who work on it, those of a course too, or everybody. */
  project_shared: {
    project: Id;
    visibility: ProjectVisibility;
    course?: Id | null;
  };
  /** The project is changed no more, and the gallery leaves it out. */
  project_archived: {
    project: Id;
  };
  /** The project may be changed again. */
  project_reopened: {
    project: Id;
  };
  /** A person is asked to join in this role. */
  project_invited: {
    project: Id;
    member: Id;
    role: ProjectRole;
  };
  /** The invitation was accepted, declined or taken back. */
  project_invitation_ended: {
    project: Id;
    member: Id;
    cause: InvitationEnd;
  };
  /** A person takes part in the project in this role. */
  project_joined: {
    project: Id;
    history: Id;
    member: Id;
    role: ProjectRole;
  };
  /** A person takes part in the project no longer. */
  project_left: {
    project: Id;
    history: Id;
    member: Id;
  };
  /** Somebody made a project of their own out of this revision. */
  project_forked: {
    project: Id;
    revision: number;
    fork: Id;
  };
  /** Somebody says something about a project, as of a revision. An answer names the comment that it answers. */
  comment_written: {
    comment: Id;
    history: Id;
    project: Id;
    revision: number;
    author: Id;
    parent?: Id | null;
    text: string | null;
  };
  /** The comment says something else now. */
  comment_changed: {
    comment: Id;
    history: Id;
    project: Id;
    author: Id;
    text: string | null;
  };
  /** The comment is shown no more, by its author's wish or an administrator's. */
  comment_deleted: {
    comment: Id;
    project: Id;
  };
  /** Somebody likes the project. */
  project_liked: {
    like: Id;
    history: Id;
    project: Id;
    fan: Id;
  };
  /** They do not any more. */
  project_unliked: {
    like: Id;
    history: Id;
    project: Id;
    fan: Id;
  };
  /** Somebody thinks that the project should not be shown. */
  project_reported: {
    report: Id;
    history: Id;
    project: Id;
    reporter: Id;
    reason: string | null;
  };
  /** Nobody but who takes part sees the project. Those are told why. */
  project_hidden: {
    project: Id;
    creator: Id;
    reason: string | null;
  };
  /** The project is seen again by whom its visibility says. */
  project_shown: {
    project: Id;
  };
  /** A learner's answer in an attempt is this revision of the project, in place of what was handed in there before. Whoever grades in the course may see it. */
  project_handed_in: {
    project: Id;
    attempt: Id;
    slot: number;
    course: Id;
    learner: Id;
    revision: number;
  };
  /** An administrator looked at what was reported so far. Whoever sees something else may report it. */
  project_cleared: {
    project: Id;
  };
}

/** Where each command and query is sent, and the status of success. */
export const routes = {
  register_user: { method: "POST", path: "/api/v1/users", status: 202 },
  verify_email: { method: "POST", path: "/api/v1/users/verification", status: 200 },
  request_email_verification: { method: "POST", path: "/api/v1/users/verification/requests", status: 202 },
  request_password_reset: { method: "POST", path: "/api/v1/users/password/requests", status: 202 },
  reset_password: { method: "POST", path: "/api/v1/users/password", status: 200 },
  search_users: { method: "GET", path: "/api/v1/users", status: 200 },
  account: { method: "GET", path: "/api/v1/users/me", status: 200 },
  change_profile: { method: "PATCH", path: "/api/v1/users/me/profile", status: 200 },
  change_preferences: { method: "PATCH", path: "/api/v1/users/me/preferences", status: 200 },
  change_privacy: { method: "PUT", path: "/api/v1/users/me/privacy", status: 200 },
  change_password: { method: "PUT", path: "/api/v1/users/me/password", status: 200 },
  request_email_change: { method: "POST", path: "/api/v1/users/me/email", status: 202 },
  confirm_email_change: { method: "POST", path: "/api/v1/users/email/confirmation", status: 200 },
  wallet_challenge: { method: "POST", path: "/api/v1/users/me/wallets/challenge", status: 200 },
  link_wallet: { method: "POST", path: "/api/v1/users/me/wallets", status: 201 },
  unlink_wallet: { method: "DELETE", path: "/api/v1/users/me/wallets/{address}", status: 200 },
  export: { method: "GET", path: "/api/v1/users/me/export", status: 200 },
  erase_user: { method: "POST", path: "/api/v1/users/me/erase", status: 200 },
  profile: { method: "GET", path: "/api/v1/users/{user}", status: 200 },
  grant_role: { method: "PUT", path: "/api/v1/users/{user}/roles/{role}", status: 200 },
  revoke_role: { method: "DELETE", path: "/api/v1/users/{user}/roles/{role}", status: 200 },
  suspend_user: { method: "POST", path: "/api/v1/users/{user}/suspension", status: 200 },
  restore_user: { method: "DELETE", path: "/api/v1/users/{user}/suspension", status: 200 },
  define_achievement: { method: "POST", path: "/api/v1/achievements", status: 201 },
  achievements: { method: "GET", path: "/api/v1/achievements", status: 200 },
  preview_achievement: { method: "GET", path: "/api/v1/achievements/preview", status: 200 },
  achievement_by_id: { method: "GET", path: "/api/v1/achievements/{achievement}", status: 200 },
  revise_achievement: { method: "PUT", path: "/api/v1/achievements/{achievement}", status: 200 },
  retire_achievement: { method: "DELETE", path: "/api/v1/achievements/{achievement}", status: 200 },
  revoke_award: { method: "POST", path: "/api/v1/achievements/awards/{award}/revocation", status: 200 },
  award_credential: { method: "GET", path: "/api/v1/achievements/awards/{award}/credential", status: 200 },
  award_badge: { method: "GET", path: "/api/v1/achievements/awards/{award}/badge.png", status: 200 },
  my_achievements: { method: "GET", path: "/api/v1/me/achievements", status: 200 },
  my_mastery: { method: "GET", path: "/api/v1/me/mastery", status: 200 },
  my_reviews: { method: "GET", path: "/api/v1/me/reviews", status: 200 },
  next_steps: { method: "GET", path: "/api/v1/me/next", status: 200 },
  start_practice: { method: "POST", path: "/api/v1/me/practice", status: 201 },
  my_practice: { method: "GET", path: "/api/v1/me/practice", status: 200 },
  answer_practice: { method: "POST", path: "/api/v1/me/practice/{attempt}/answers/{slot}", status: 200 },
  my_transcript: { method: "GET", path: "/api/v1/me/transcript", status: 200 },
  achievements_of: { method: "GET", path: "/api/v1/users/{user}/achievements", status: 200 },
  award_statuses: { method: "GET", path: "/api/v1/credentials/status/{number}", status: 200 },
  verify_award: { method: "GET", path: "/api/v1/credentials/verify/{award}", status: 200 },
  record_media: { method: "POST", path: "/api/v1/media", status: 201 },
  media_file: { method: "GET", path: "/api/v1/media/{media}", status: 200 },
  start_session: { method: "POST", path: "/api/v1/sessions", status: 201 },
  refresh_session: { method: "POST", path: "/api/v1/sessions/refresh", status: 200 },
  login_challenge: { method: "POST", path: "/api/v1/sessions/wallet/challenge", status: 200 },
  start_wallet_session: { method: "POST", path: "/api/v1/sessions/wallet", status: 201 },
  sessions: { method: "GET", path: "/api/v1/sessions", status: 200 },
  revoke_sessions: { method: "DELETE", path: "/api/v1/sessions", status: 200 },
  log_out: { method: "DELETE", path: "/api/v1/sessions/current", status: 200 },
  revoke_session: { method: "DELETE", path: "/api/v1/sessions/{session}", status: 200 },
  send_outbox: { method: "POST", path: "/api/v1/me/outbox", status: 200 },
  create_course: { method: "POST", path: "/api/v1/courses", status: 201 },
  catalogue: { method: "GET", path: "/api/v1/courses", status: 200 },
  read_course: { method: "GET", path: "/api/v1/courses/{course}", status: 200 },
  describe_course: { method: "PATCH", path: "/api/v1/courses/{course}", status: 200 },
  draft: { method: "GET", path: "/api/v1/courses/{course}/draft", status: 200 },
  change_objectives: { method: "PUT", path: "/api/v1/courses/{course}/objectives", status: 200 },
  change_outline: { method: "PUT", path: "/api/v1/courses/{course}/outline", status: 200 },
  discard_item: { method: "DELETE", path: "/api/v1/courses/{course}/items/{item}", status: 200 },
  course_staff: { method: "GET", path: "/api/v1/courses/{course}/staff", status: 200 },
  add_staff: { method: "PUT", path: "/api/v1/courses/{course}/staff/{member}", status: 200 },
  remove_staff: { method: "DELETE", path: "/api/v1/courses/{course}/staff/{member}", status: 200 },
  publish_course: { method: "POST", path: "/api/v1/courses/{course}/editions", status: 201 },
  editions: { method: "GET", path: "/api/v1/courses/{course}/editions", status: 200 },
  read_edition: { method: "GET", path: "/api/v1/courses/{course}/editions/{edition}", status: 200 },
  archive_course: { method: "PUT", path: "/api/v1/courses/{course}/archived", status: 200 },
  reopen_course: { method: "DELETE", path: "/api/v1/courses/{course}/archived", status: 200 },
  course_archive: { method: "GET", path: "/api/v1/courses/{course}/archive", status: 200 },
  import_course: { method: "POST", path: "/api/v1/courses/import", status: 201 },
  clone_course: { method: "POST", path: "/api/v1/courses/{course}/clone", status: 201 },
  course_check: { method: "GET", path: "/api/v1/courses/{course}/check", status: 200 },
  course_changes: { method: "GET", path: "/api/v1/courses/{course}/changes", status: 200 },
  write_lesson: { method: "POST", path: "/api/v1/courses/{course}/lessons", status: 201 },
  revise_lesson: { method: "PUT", path: "/api/v1/courses/{course}/lessons/{lesson}", status: 200 },
  lesson_revisions: { method: "GET", path: "/api/v1/courses/{course}/lessons/{lesson}/revisions", status: 200 },
  lesson_changes: { method: "GET", path: "/api/v1/courses/{course}/lessons/{lesson}/changes", status: 200 },
  read_lesson: { method: "GET", path: "/api/v1/lessons/{lesson}", status: 200 },
  courses_taught: { method: "GET", path: "/api/v1/me/courses/teaching", status: 200 },
  send_bulk: { method: "POST", path: "/api/v1/bulk", status: 200 },
  regrade_preview: { method: "GET", path: "/api/v1/assessments/{assessment}/regrade", status: 200 },
  regrades: { method: "GET", path: "/api/v1/assessments/{assessment}/regrades", status: 200 },
  commit_regrade: { method: "POST", path: "/api/v1/assessments/{assessment}/regrades", status: 201 },
  gradebook: { method: "GET", path: "/api/v1/courses/{course}/gradebook", status: 200 },
  change_gradebook: { method: "PUT", path: "/api/v1/courses/{course}/gradebook", status: 200 },
  gradebook_columns: { method: "GET", path: "/api/v1/courses/{course}/gradebook/columns", status: 200 },
  override_grade: { method: "PUT", path: "/api/v1/courses/{course}/gradebook/{learner}/{item}/override", status: 200 },
  end_override: { method: "DELETE", path: "/api/v1/courses/{course}/gradebook/{learner}/{item}/override", status: 200 },
  excuse_grade: { method: "PUT", path: "/api/v1/courses/{course}/gradebook/{learner}/{item}/excused", status: 200 },
  grade_history: { method: "GET", path: "/api/v1/courses/{course}/gradebook/{learner}/{item}/history", status: 200 },
  my_grades: { method: "GET", path: "/api/v1/me/courses/{course}/grades", status: 200 },
  enrolment_notice: { method: "GET", path: "/api/v1/courses/{course}/enrolment", status: 200 },
  enrol: { method: "POST", path: "/api/v1/courses/{course}/enrolment", status: 201 },
  withdraw: { method: "DELETE", path: "/api/v1/courses/{course}/enrolment", status: 200 },
  move_on: { method: "PUT", path: "/api/v1/courses/{course}/enrolment/edition", status: 200 },
  enrolment_policy: { method: "GET", path: "/api/v1/courses/{course}/enrolment/policy", status: 200 },
  change_enrolment_policy: { method: "PUT", path: "/api/v1/courses/{course}/enrolment/policy", status: 200 },
  cohorts: { method: "GET", path: "/api/v1/courses/{course}/cohorts", status: 200 },
  define_cohort: { method: "PUT", path: "/api/v1/courses/{course}/cohorts/{cohort}", status: 200 },
  invite_learner: { method: "PUT", path: "/api/v1/courses/{course}/invitations/{learner}", status: 200 },
  withdraw_invitation: { method: "DELETE", path: "/api/v1/courses/{course}/invitations/{learner}", status: 200 },
  learners: { method: "GET", path: "/api/v1/courses/{course}/learners", status: 200 },
  learner_progress: { method: "GET", path: "/api/v1/courses/{course}/learners/{learner}", status: 200 },
  enrol_learner: { method: "PUT", path: "/api/v1/courses/{course}/learners/{learner}", status: 200 },
  remove_learner: { method: "POST", path: "/api/v1/courses/{course}/learners/{learner}/removal", status: 200 },
  change_cohort: { method: "PUT", path: "/api/v1/courses/{course}/learners/{learner}/cohort", status: 200 },
  transfer_learner: { method: "POST", path: "/api/v1/courses/{course}/learners/{learner}/transfer", status: 200 },
  grant_accommodation: { method: "POST", path: "/api/v1/courses/{course}/learners/{learner}/accommodations", status: 200 },
  view_item: { method: "POST", path: "/api/v1/lessons/{item}/views", status: 200 },
  spend_time: { method: "POST", path: "/api/v1/lessons/{item}/heartbeats", status: 200 },
  keep_place: { method: "PUT", path: "/api/v1/lessons/{item}/place", status: 200 },
  my_courses: { method: "GET", path: "/api/v1/me/courses", status: 200 },
  my_progress: { method: "GET", path: "/api/v1/me/courses/{course}", status: 200 },
  marking: { method: "GET", path: "/api/v1/assessments/{assessment}/marking", status: 200 },
  appeals: { method: "GET", path: "/api/v1/assessments/{assessment}/appeals", status: 200 },
  mark_response: { method: "POST", path: "/api/v1/attempts/{attempt}/responses/{slot}/marks", status: 201 },
  settle_response: { method: "PUT", path: "/api/v1/attempts/{attempt}/responses/{slot}/points", status: 200 },
  appeal_grade: { method: "POST", path: "/api/v1/attempts/{attempt}/appeals", status: 201 },
  answer_appeal: { method: "POST", path: "/api/v1/attempts/{attempt}/appeals/{appeal}/answer", status: 201 },
  gradebook_file: { method: "GET", path: "/api/v1/courses/{course}/gradebook.csv", status: 200 },
  assessment_statistics: { method: "GET", path: "/api/v1/assessments/{assessment}/statistics", status: 200 },
  question_statistics: { method: "GET", path: "/api/v1/courses/{course}/questions/{question}/statistics", status: 200 },
  write_question: { method: "POST", path: "/api/v1/courses/{course}/questions", status: 201 },
  questions: { method: "GET", path: "/api/v1/courses/{course}/questions", status: 200 },
  read_question: { method: "GET", path: "/api/v1/questions/{question}", status: 200 },
  revise_question: { method: "PUT", path: "/api/v1/questions/{question}", status: 200 },
  retire_question: { method: "DELETE", path: "/api/v1/questions/{question}", status: 200 },
  change_question_use: { method: "PUT", path: "/api/v1/questions/{question}/use", status: 200 },
  preview_question: { method: "GET", path: "/api/v1/questions/{question}/preview", status: 200 },
  set_key: { method: "PUT", path: "/api/v1/questions/{question}/key", status: 200 },
  set_rubric: { method: "PUT", path: "/api/v1/questions/{question}/rubric", status: 200 },
  write_assessment: { method: "POST", path: "/api/v1/courses/{course}/assessments", status: 201 },
  assessments: { method: "GET", path: "/api/v1/courses/{course}/assessments", status: 200 },
  read_assessment: { method: "GET", path: "/api/v1/assessments/{assessment}", status: 200 },
  revise_assessment: { method: "PUT", path: "/api/v1/assessments/{assessment}", status: 200 },
  change_assessment_policy: { method: "PUT", path: "/api/v1/assessments/{assessment}/policy", status: 200 },
  release_grades: { method: "POST", path: "/api/v1/assessments/{assessment}/release", status: 200 },
  start_attempt: { method: "POST", path: "/api/v1/assessments/{assessment}/attempts", status: 201 },
  attempts: { method: "GET", path: "/api/v1/assessments/{assessment}/attempts", status: 200 },
  read_attempt: { method: "GET", path: "/api/v1/attempts/{attempt}", status: 200 },
  attempt_grades: { method: "GET", path: "/api/v1/attempts/{attempt}/grades", status: 200 },
  save_answer: { method: "PUT", path: "/api/v1/attempts/{attempt}/answers/{slot}", status: 200 },
  finish_answer: { method: "POST", path: "/api/v1/attempts/{attempt}/answers/{slot}/finish", status: 200 },
  take_hint: { method: "PUT", path: "/api/v1/attempts/{attempt}/answers/{slot}/hints/{hint}", status: 200 },
  submit_attempt: { method: "POST", path: "/api/v1/attempts/{attempt}/submission", status: 200 },
  create_simulation: { method: "POST", path: "/api/v1/simulations", status: 201 },
  simulation_gallery: { method: "GET", path: "/api/v1/simulations", status: 200 },
  simulation_stream: { method: "GET", path: "/api/v1/simulations/stream", status: 101 },
  frames_of_run: { method: "GET", path: "/api/v1/simulations/runs/{run_hash}/frames", status: 200 },
  my_simulations: { method: "GET", path: "/api/v1/me/simulations", status: 200 },
  read_simulation: { method: "GET", path: "/api/v1/simulations/{simulation}", status: 200 },
  describe_simulation: { method: "PATCH", path: "/api/v1/simulations/{simulation}", status: 200 },
  write_scene: { method: "PUT", path: "/api/v1/simulations/{simulation}/scene", status: 200 },
  edit_scene: { method: "PATCH", path: "/api/v1/simulations/{simulation}/scene", status: 200 },
  simulation_versions: { method: "GET", path: "/api/v1/simulations/{simulation}/versions", status: 200 },
  share_simulation: { method: "PUT", path: "/api/v1/simulations/{simulation}/visibility", status: 200 },
  lend_simulation: { method: "PUT", path: "/api/v1/simulations/{simulation}/project", status: 200 },
  take_back_simulation: { method: "DELETE", path: "/api/v1/simulations/{simulation}/project", status: 200 },
  archive_simulation: { method: "PUT", path: "/api/v1/simulations/{simulation}/archived", status: 200 },
  reopen_simulation: { method: "DELETE", path: "/api/v1/simulations/{simulation}/archived", status: 200 },
  fork_simulation: { method: "POST", path: "/api/v1/simulations/{parent}/forks", status: 201 },
  run_simulation: { method: "POST", path: "/api/v1/simulations/{simulation}/runs", status: 201 },
  simulation_runs: { method: "GET", path: "/api/v1/simulations/{simulation}/runs", status: 200 },
  read_run: { method: "GET", path: "/api/v1/simulations/{simulation}/runs/{run}", status: 200 },
  cancel_run: { method: "DELETE", path: "/api/v1/simulations/{simulation}/runs/{run}", status: 200 },
  sweep_simulation: { method: "POST", path: "/api/v1/simulations/{simulation}/sweeps", status: 201 },
  simulation_sweeps: { method: "GET", path: "/api/v1/simulations/{simulation}/sweeps", status: 200 },
  preview_sweep: { method: "POST", path: "/api/v1/simulations/{simulation}/sweeps/preview", status: 200 },
  read_sweep: { method: "GET", path: "/api/v1/simulations/{simulation}/sweeps/{sweep}", status: 200 },
  check_scene: { method: "POST", path: "/api/v1/simulations/validate", status: 200 },
  scenarios: { method: "GET", path: "/api/v1/simulations/scenarios", status: 200 },
  formulas: { method: "GET", path: "/api/v1/simulations/formulas", status: 200 },
  compute_formula: { method: "POST", path: "/api/v1/simulations/formulas/curve", status: 200 },
  compare_runs: { method: "GET", path: "/api/v1/simulations/compare", status: 200 },
  read_series: { method: "GET", path: "/api/v1/simulations/{simulation}/runs/{run}/series", status: 200 },
  series_table: { method: "GET", path: "/api/v1/simulations/{simulation}/runs/{run}/series.csv", status: 200 },
  sweep_table: { method: "GET", path: "/api/v1/simulations/{simulation}/sweeps/{sweep}/table.csv", status: 200 },
  set_task: { method: "PUT", path: "/api/v1/questions/{question}/task", status: 200 },
  create_project: { method: "POST", path: "/api/v1/projects", status: 201 },
  gallery: { method: "GET", path: "/api/v1/projects", status: 200 },
  reported_projects: { method: "GET", path: "/api/v1/projects/reported", status: 200 },
  read_project: { method: "GET", path: "/api/v1/projects/{project}", status: 200 },
  revise_project: { method: "PATCH", path: "/api/v1/projects/{project}", status: 200 },
  project_revisions: { method: "GET", path: "/api/v1/projects/{project}/revisions", status: 200 },
  restore_project: { method: "POST", path: "/api/v1/projects/{project}/revisions/{revision}/restore", status: 200 },
  project_changes: { method: "GET", path: "/api/v1/projects/{project}/changes", status: 200 },
  project_activity: { method: "GET", path: "/api/v1/projects/{project}/activity", status: 200 },
  share_project: { method: "PUT", path: "/api/v1/projects/{project}/visibility", status: 200 },
  archive_project: { method: "PUT", path: "/api/v1/projects/{project}/archived", status: 200 },
  reopen_project: { method: "DELETE", path: "/api/v1/projects/{project}/archived", status: 200 },
  project_members: { method: "GET", path: "/api/v1/projects/{project}/members", status: 200 },
  change_project_role: { method: "PUT", path: "/api/v1/projects/{project}/members/{member}", status: 200 },
  leave_project: { method: "DELETE", path: "/api/v1/projects/{project}/members/{member}", status: 200 },
  hand_over_project: { method: "PUT", path: "/api/v1/projects/{project}/owner", status: 200 },
  invite_to_project: { method: "PUT", path: "/api/v1/projects/{project}/invitations/{member}", status: 200 },
  end_project_invitation: { method: "DELETE", path: "/api/v1/projects/{project}/invitations/{member}", status: 200 },
  accept_project: { method: "PUT", path: "/api/v1/projects/{project}/membership", status: 200 },
  fork_project: { method: "POST", path: "/api/v1/projects/{project}/forks", status: 201 },
  project_forks: { method: "GET", path: "/api/v1/projects/{project}/forks", status: 200 },
  comment_project: { method: "POST", path: "/api/v1/projects/{project}/comments", status: 201 },
  project_comments: { method: "GET", path: "/api/v1/projects/{project}/comments", status: 200 },
  change_comment: { method: "PUT", path: "/api/v1/projects/{project}/comments/{comment}", status: 200 },
  delete_comment: { method: "DELETE", path: "/api/v1/projects/{project}/comments/{comment}", status: 200 },
  like_project: { method: "PUT", path: "/api/v1/projects/{project}/like", status: 200 },
  unlike_project: { method: "DELETE", path: "/api/v1/projects/{project}/like", status: 200 },
  report_project: { method: "POST", path: "/api/v1/projects/{project}/reports", status: 200 },
  clear_project: { method: "DELETE", path: "/api/v1/projects/{project}/reports", status: 200 },
  hide_project: { method: "PUT", path: "/api/v1/projects/{project}/hidden", status: 200 },
  show_project: { method: "DELETE", path: "/api/v1/projects/{project}/hidden", status: 200 },
  my_projects: { method: "GET", path: "/api/v1/me/projects", status: 200 },
  my_project_invitations: { method: "GET", path: "/api/v1/me/projects/invitations", status: 200 },
} as const;

/** What goes into the body or the query string, beside what the path names. */
export interface Asks {
  register_user: RegisterUserBody;
  verify_email: VerifyEmailBody;
  request_email_verification: RequestEmailVerificationBody;
  request_password_reset: RequestPasswordResetBody;
  reset_password: ResetPasswordBody;
  search_users: SearchUsersQuery;
  account: AccountQuery;
  change_profile: ChangeProfileBody;
  change_preferences: ChangePreferencesBody;
  change_privacy: ChangePrivacyBody;
  change_password: ChangePasswordBody;
  request_email_change: RequestEmailChangeBody;
  confirm_email_change: ConfirmEmailChangeBody;
  wallet_challenge: WalletChallengeQuery;
  link_wallet: LinkWalletBody;
  unlink_wallet: UnlinkWalletBody;
  export: ExportQuery;
  erase_user: EraseUserBody;
  profile: ProfileQuery;
  grant_role: GrantRoleBody;
  revoke_role: RevokeRoleBody;
  suspend_user: SuspendUserBody;
  restore_user: RestoreUserBody;
  define_achievement: DefineAchievementBody;
  achievements: AchievementsQuery;
  preview_achievement: PreviewAchievementQuery;
  achievement_by_id: AchievementByIdQuery;
  revise_achievement: ReviseAchievementBody;
  retire_achievement: RetireAchievementBody;
  revoke_award: RevokeAwardBody;
  award_credential: AwardCredentialQuery;
  award_badge: AwardBadgeQuery;
  my_achievements: MyAchievementsQuery;
  my_mastery: MyMasteryQuery;
  my_reviews: MyReviewsQuery;
  next_steps: NextStepsQuery;
  start_practice: StartPracticeBody;
  my_practice: MyPracticeQuery;
  answer_practice: AnswerPracticeBody;
  my_transcript: MyTranscriptQuery;
  achievements_of: AchievementsOfQuery;
  award_statuses: AwardStatusesQuery;
  verify_award: VerifyAwardQuery;
  record_media: RecordMediaBody;
  media_file: MediaFileQuery;
  start_session: StartSessionBody;
  refresh_session: RefreshSessionBody;
  login_challenge: LoginChallengeQuery;
  start_wallet_session: StartWalletSessionBody;
  sessions: SessionsQuery;
  revoke_sessions: RevokeSessionsBody;
  log_out: LogOutBody;
  revoke_session: RevokeSessionBody;
  send_outbox: SendOutboxQuery;
  create_course: CreateCourseBody;
  catalogue: CatalogueQuery;
  read_course: ReadCourseQuery;
  describe_course: DescribeCourseBody;
  draft: DraftQuery;
  change_objectives: ChangeObjectivesBody;
  change_outline: ChangeOutlineBody;
  discard_item: DiscardItemBody;
  course_staff: CourseStaffQuery;
  add_staff: AddStaffBody;
  remove_staff: RemoveStaffBody;
  publish_course: PublishCourseBody;
  editions: EditionsQuery;
  read_edition: ReadEditionQuery;
  archive_course: ArchiveCourseBody;
  reopen_course: ReopenCourseBody;
  course_archive: CourseArchiveQuery;
  import_course: ImportCourseQuery;
  clone_course: CloneCourseQuery;
  course_check: CourseCheckQuery;
  course_changes: CourseChangesQuery;
  write_lesson: WriteLessonBody;
  revise_lesson: ReviseLessonBody;
  lesson_revisions: LessonRevisionsQuery;
  lesson_changes: LessonChangesQuery;
  read_lesson: ReadLessonQuery;
  courses_taught: CoursesTaughtQuery;
  send_bulk: SendBulkQuery;
  regrade_preview: RegradePreviewQuery;
  regrades: RegradesQuery;
  commit_regrade: CommitRegradeBody;
  gradebook: GradebookQuery;
  change_gradebook: ChangeGradebookBody;
  gradebook_columns: GradebookColumnsQuery;
  override_grade: OverrideGradeBody;
  end_override: EndOverrideBody;
  excuse_grade: ExcuseGradeBody;
  grade_history: GradeHistoryQuery;
  my_grades: MyGradesQuery;
  enrolment_notice: EnrolmentNoticeQuery;
  enrol: EnrolBody;
  withdraw: WithdrawBody;
  move_on: MoveOnBody;
  enrolment_policy: EnrolmentPolicyQuery;
  change_enrolment_policy: ChangeEnrolmentPolicyBody;
  cohorts: CohortsQuery;
  define_cohort: DefineCohortBody;
  invite_learner: InviteLearnerBody;
  withdraw_invitation: WithdrawInvitationBody;
  learners: LearnersQuery;
  learner_progress: LearnerProgressQuery;
  enrol_learner: EnrolLearnerBody;
  remove_learner: RemoveLearnerBody;
  change_cohort: ChangeCohortBody;
  transfer_learner: TransferLearnerBody;
  grant_accommodation: GrantAccommodationBody;
  view_item: ViewItemBody;
  spend_time: SpendTimeBody;
  keep_place: KeepPlaceBody;
  my_courses: MyCoursesQuery;
  my_progress: MyProgressQuery;
  marking: MarkingQuery;
  appeals: AppealsQuery;
  mark_response: MarkResponseBody;
  settle_response: SettleResponseBody;
  appeal_grade: AppealGradeBody;
  answer_appeal: AnswerAppealBody;
  gradebook_file: GradebookFileQuery;
  assessment_statistics: AssessmentStatisticsQuery;
  question_statistics: QuestionStatisticsQuery;
  write_question: WriteQuestionBody;
  questions: QuestionsQuery;
  read_question: ReadQuestionQuery;
  revise_question: ReviseQuestionBody;
  retire_question: RetireQuestionBody;
  change_question_use: ChangeQuestionUseBody;
  preview_question: PreviewQuestionQuery;
  set_key: SetKeyBody;
  set_rubric: SetRubricBody;
  write_assessment: WriteAssessmentBody;
  assessments: AssessmentsQuery;
  read_assessment: ReadAssessmentQuery;
  revise_assessment: ReviseAssessmentBody;
  change_assessment_policy: ChangeAssessmentPolicyBody;
  release_grades: ReleaseGradesBody;
  start_attempt: StartAttemptBody;
  attempts: AttemptsQuery;
  read_attempt: ReadAttemptQuery;
  attempt_grades: AttemptGradesQuery;
  save_answer: SaveAnswerBody;
  finish_answer: FinishAnswerBody;
  take_hint: TakeHintBody;
  submit_attempt: SubmitAttemptBody;
  create_simulation: CreateSimulationBody;
  simulation_gallery: SimulationGalleryQuery;
  simulation_stream: SimulationStreamQuery;
  frames_of_run: FramesOfRunQuery;
  my_simulations: MySimulationsQuery;
  read_simulation: ReadSimulationQuery;
  describe_simulation: DescribeSimulationBody;
  write_scene: WriteSceneBody;
  edit_scene: EditSceneBody;
  simulation_versions: SimulationVersionsQuery;
  share_simulation: ShareSimulationBody;
  lend_simulation: LendSimulationBody;
  take_back_simulation: TakeBackSimulationBody;
  archive_simulation: ArchiveSimulationBody;
  reopen_simulation: ReopenSimulationBody;
  fork_simulation: ForkSimulationBody;
  run_simulation: RunSimulationBody;
  simulation_runs: SimulationRunsQuery;
  read_run: ReadRunQuery;
  cancel_run: CancelRunBody;
  sweep_simulation: SweepSimulationBody;
  simulation_sweeps: SimulationSweepsQuery;
  preview_sweep: PreviewSweepQuery;
  read_sweep: ReadSweepQuery;
  check_scene: CheckSceneQuery;
  scenarios: ScenariosQuery;
  formulas: FormulasQuery;
  compute_formula: ComputeFormulaQuery;
  compare_runs: CompareRunsQuery;
  read_series: ReadSeriesQuery;
  series_table: SeriesTableQuery;
  sweep_table: SweepTableQuery;
  set_task: SetTaskBody;
  create_project: CreateProjectBody;
  gallery: GalleryQuery;
  reported_projects: ReportedProjectsQuery;
  read_project: ReadProjectQuery;
  revise_project: ReviseProjectBody;
  project_revisions: ProjectRevisionsQuery;
  restore_project: RestoreProjectBody;
  project_changes: ProjectChangesQuery;
  project_activity: ProjectActivityQuery;
  share_project: ShareProjectBody;
  archive_project: ArchiveProjectBody;
  reopen_project: ReopenProjectBody;
  project_members: ProjectMembersQuery;
  change_project_role: ChangeProjectRoleBody;
  leave_project: LeaveProjectBody;
  hand_over_project: HandOverProjectBody;
  invite_to_project: InviteToProjectBody;
  end_project_invitation: EndProjectInvitationBody;
  accept_project: AcceptProjectBody;
  fork_project: ForkProjectBody;
  project_forks: ProjectForksQuery;
  comment_project: CommentProjectBody;
  project_comments: ProjectCommentsQuery;
  change_comment: ChangeCommentBody;
  delete_comment: DeleteCommentBody;
  like_project: LikeProjectBody;
  unlike_project: UnlikeProjectBody;
  report_project: ReportProjectBody;
  clear_project: ClearProjectBody;
  hide_project: HideProjectBody;
  show_project: ShowProjectBody;
  my_projects: MyProjectsQuery;
  my_project_invitations: MyProjectInvitationsQuery;
}

/** What comes back. */
export interface Answers {
  register_user: Receipt;
  verify_email: Receipt;
  request_email_verification: Accepted;
  request_password_reset: Accepted;
  reset_password: Receipt;
  search_users: Page<UserSummary>;
  account: Account;
  change_profile: Receipt;
  change_preferences: Receipt;
  change_privacy: Receipt;
  change_password: Receipt;
  request_email_change: Receipt;
  confirm_email_change: Receipt;
  wallet_challenge: Challenge;
  link_wallet: Receipt;
  unlink_wallet: Receipt;
  export: Export;
  erase_user: ErasureReceipt;
  profile: Profile;
  grant_role: Receipt;
  revoke_role: Receipt;
  suspend_user: Receipt;
  restore_user: Receipt;
  define_achievement: Created;
  achievements: Page<AchievementDocument>;
  preview_achievement: AchievementPreview;
  achievement_by_id: AchievementDocument;
  revise_achievement: Receipt;
  retire_achievement: Receipt;
  revoke_award: Receipt;
  award_credential: Credential;
  award_badge: Credential;
  my_achievements: Page<AwardDocument>;
  my_mastery: Page<ObjectiveMastery>;
  my_reviews: Page<QuestionReview>;
  next_steps: NextSteps;
  start_practice: Created;
  my_practice: Page<Practice>;
  answer_practice: PracticeJudgement;
  my_transcript: Transcript;
  achievements_of: Page<AwardDocument>;
  award_statuses: StatusCredential;
  verify_award: AwardCheck;
  record_media: MediaReceipt;
  media_file: MediaBytes;
  start_session: Tokens;
  refresh_session: Tokens;
  login_challenge: Challenge;
  start_wallet_session: Tokens;
  sessions: Page<Session>;
  revoke_sessions: Receipt;
  log_out: Receipt;
  revoke_session: Receipt;
  send_outbox: QueueAnswers;
  create_course: Created;
  catalogue: Page<CourseSummary>;
  read_course: Course;
  describe_course: Receipt;
  draft: Draft;
  change_objectives: Receipt;
  change_outline: Receipt;
  discard_item: Receipt;
  course_staff: Page<CourseColleague>;
  add_staff: Receipt;
  remove_staff: Receipt;
  publish_course: Created;
  editions: Page<EditionSummary>;
  read_edition: Edition;
  archive_course: Receipt;
  reopen_course: Receipt;
  course_archive: CourseFile;
  import_course: CourseMade;
  clone_course: CourseMade;
  course_check: CourseCheck;
  course_changes: CourseChanges;
  write_lesson: Created;
  revise_lesson: Receipt;
  lesson_revisions: Page<LessonRevision>;
  lesson_changes: LessonChanges;
  read_lesson: Lesson;
  courses_taught: Page<CourseSummary>;
  send_bulk: QueueAnswers;
  regrade_preview: RegradePreview;
  regrades: Page<RegradeSummary>;
  commit_regrade: Created;
  gradebook: Page<GradebookRow>;
  change_gradebook: Receipt;
  gradebook_columns: GradebookColumns;
  override_grade: Receipt;
  end_override: Receipt;
  excuse_grade: Receipt;
  grade_history: Page<GradeChange>;
  my_grades: GradebookRow;
  enrolment_notice: EnrolmentNotice;
  enrol: Receipt;
  withdraw: Receipt;
  move_on: Receipt;
  enrolment_policy: EnrolmentPolicy;
  change_enrolment_policy: Receipt;
  cohorts: Page<Cohort>;
  define_cohort: Receipt;
  invite_learner: Receipt;
  withdraw_invitation: Receipt;
  learners: Page<Learner>;
  learner_progress: LearnerProgress;
  enrol_learner: Receipt;
  remove_learner: Receipt;
  change_cohort: Receipt;
  transfer_learner: Receipt;
  grant_accommodation: Receipt;
  view_item: Receipt;
  spend_time: Receipt;
  keep_place: Receipt;
  my_courses: Page<MyCourse>;
  my_progress: MyProgress;
  marking: Page<WaitingResponse>;
  appeals: Page<OpenAppeal>;
  mark_response: Receipt;
  settle_response: Receipt;
  appeal_grade: Receipt;
  answer_appeal: Receipt;
  gradebook_file: GradebookRow;
  assessment_statistics: Page<QuestionStatistic>;
  question_statistics: Page<QuestionStatistic>;
  write_question: Created;
  questions: Page<QuestionSummary>;
  read_question: Question;
  revise_question: Receipt;
  retire_question: Receipt;
  change_question_use: Receipt;
  preview_question: QuestionPreview;
  set_key: Receipt;
  set_rubric: Receipt;
  write_assessment: Created;
  assessments: Page<AssessmentSummary>;
  read_assessment: Assessment;
  revise_assessment: Created;
  change_assessment_policy: Receipt;
  release_grades: Receipt;
  start_attempt: Created;
  attempts: Page<AttemptSummary>;
  read_attempt: Attempt;
  attempt_grades: Page<PastGrade>;
  save_answer: Receipt;
  finish_answer: Receipt;
  take_hint: Receipt;
  submit_attempt: Receipt;
  create_simulation: Created;
  simulation_gallery: Page<SimulationSummary>;
  simulation_stream: SimulationStreamOpened;
  frames_of_run: RunBytes;
  my_simulations: Page<SimulationSummary>;
  read_simulation: Simulation;
  describe_simulation: Receipt;
  write_scene: Receipt;
  edit_scene: Receipt;
  simulation_versions: Page<SimulationVersion>;
  share_simulation: Receipt;
  lend_simulation: Receipt;
  take_back_simulation: Receipt;
  archive_simulation: Receipt;
  reopen_simulation: Receipt;
  fork_simulation: Created;
  run_simulation: Created;
  simulation_runs: Page<SimulationRun>;
  read_run: SimulationRun;
  cancel_run: Receipt;
  sweep_simulation: Created;
  simulation_sweeps: Page<SimulationSweep>;
  preview_sweep: SweepPreview;
  read_sweep: SimulationSweep;
  check_scene: SceneCheck;
  scenarios: Page<Scenario>;
  formulas: Page<Formula>;
  compute_formula: FormulaCurve;
  compare_runs: RunComparison;
  read_series: RunSeries;
  series_table: SeriesFile;
  sweep_table: SweepFile;
  set_task: Receipt;
  create_project: Created;
  gallery: Page<ProjectSummary>;
  reported_projects: Page<ReportedProject>;
  read_project: Project;
  revise_project: Receipt;
  project_revisions: Page<ProjectRevision>;
  restore_project: Receipt;
  project_changes: ProjectChanges;
  project_activity: Page<ProjectDeed>;
  share_project: Receipt;
  archive_project: Receipt;
  reopen_project: Receipt;
  project_members: Page<ProjectMember>;
  change_project_role: Receipt;
  leave_project: Receipt;
  hand_over_project: Receipt;
  invite_to_project: Receipt;
  end_project_invitation: Receipt;
  accept_project: Receipt;
  fork_project: Created;
  project_forks: Page<ProjectSummary>;
  comment_project: Created;
  project_comments: Page<Comment>;
  change_comment: Receipt;
  delete_comment: Receipt;
  like_project: Receipt;
  unlike_project: Receipt;
  report_project: Receipt;
  clear_project: Receipt;
  hide_project: Receipt;
  show_project: Receipt;
  my_projects: Page<ProjectSummary>;
  my_project_invitations: Page<ProjectInvitation>;
}
