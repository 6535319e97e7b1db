/* What routes do before their command is sent or their query asked: a name in api/routes.def is preparation_NAME here.
 */
#ifndef ORRERY_PREPARATION_H
#define ORRERY_PREPARATION_H

struct preparation;

extern const struct preparation preparation_plain;

/* api/account.c */
extern const struct preparation preparation_register, preparation_mail_token, preparation_mail_secret,
	preparation_reset_password, preparation_change_password, preparation_change_email, preparation_password_check,
	preparation_profile, preparation_export;

/* api/award.c */
extern const struct preparation preparation_award_credential, preparation_award_badge, preparation_verify_award,
	preparation_award_statuses;

/* api/achievement.c */
extern const struct preparation preparation_preview;

/* api/transcript.c */
extern const struct preparation preparation_transcript;

/* api/session.c */
extern const struct preparation preparation_log_in, preparation_refresh, preparation_wallet_log_in, preparation_log_out,
	preparation_session_list;

/* api/queue.c */
extern const struct preparation preparation_outbox, preparation_bulk;

/* api/wallet.c */
extern const struct preparation preparation_challenge, preparation_wallet_proof;

/* api/course_access.c: reads that are not for everybody */
extern const struct preparation preparation_course_see, preparation_course_work, preparation_course_write,
	preparation_course_grade, preparation_course_run, preparation_assessment_grade;

/* api/course_archive.c */
extern const struct preparation preparation_course_archive;

/* api/course_unpack.c, api/course_clone.c, api/course_check.c */
extern const struct preparation preparation_course_import, preparation_course_clone, preparation_course_publish,
	preparation_course_check;

/* api/gradebook_file.c */
extern const struct preparation preparation_gradebook_file;

/* api/regrade.c */
extern const struct preparation preparation_regrade_preview;

/* api/media.c */
extern const struct preparation preparation_media_upload, preparation_media_file;
/* api/lesson.c, api/lesson_changes.c */
extern const struct preparation preparation_lesson, preparation_lesson_text, preparation_lesson_changes;

/* api/project_access.c, api/project_changes.c, api/project_edit.c, api/project_read.c */
extern const struct preparation preparation_project, preparation_project_see, preparation_project_work,
	preparation_project_visit, preparation_project_changes, preparation_project_create, preparation_project_revise,
	preparation_project_restore, preparation_project_fork;

/* api/mark.c */
extern const struct preparation preparation_mark;

/* api/question.c */
extern const struct preparation preparation_question, preparation_question_key, preparation_question_work,
	preparation_question_preview;

/* api/assessment.c */
extern const struct preparation preparation_paper, preparation_start_attempt, preparation_assessment;

/* api/simulation_access.c, api/simulation_read.c, api/simulation.c, api/simulation_edit.c */
extern const struct preparation preparation_simulation_see, preparation_simulation, preparation_simulation_create,
	preparation_simulation_write, preparation_simulation_fork, preparation_simulation_edit;
/* api/simulation_run.c */
extern const struct preparation preparation_simulation_run, preparation_simulation_sweep, preparation_simulation_task;
/* api/simulation_preview.c */
extern const struct preparation preparation_simulation_preview;
/* api/simulation_check.c, api/simulation_series.c, api/simulation_compare.c */
extern const struct preparation preparation_simulation_check, preparation_scenarios, preparation_simulation_series,
	preparation_simulation_series_file, preparation_simulation_table, preparation_simulation_compare;

/* api/theory.c */
extern const struct preparation preparation_formulas, preparation_formula_curve;

/* api/run_file.c, api/stream.c */
extern const struct preparation preparation_run_frames, preparation_simulation_stream;

/* api/next.c */
extern const struct preparation preparation_next;

/* api/practice.c, api/practice_answer.c */
extern const struct preparation preparation_start_practice, preparation_answer_practice;

/* api/attempt.c */
extern const struct preparation preparation_attempt, preparation_hint;

/* api/attempt_grades.c */
extern const struct preparation preparation_attempt_grades;

#endif
