"""What the bench "learn" is about: a house with courses, attempts under way, a large gradebook and a large catalogue.

It is made of commands, sent to the writer in their order and many at a time (wish_load). Of the gradebook and the
catalogue a part goes that way, to see how fast it is folded; the rest is written into the tables of the read model, as
it would be folded, since what is measured of it are reads."""
import base64
import hashlib
import json
import os
import random
import sys
import time
import uuid

import stage
from house import House

LEARNERS = int(os.environ.get("LEARNERS", "1000"))
ITEMS = int(os.environ.get("ITEMS", "50"))
COURSES = int(os.environ.get("COURSES", "10000"))
CLIENTS = 64
IN_FLIGHT = 64
FOLDED = 1000  # grades, and commands about courses, that go through the log
TOGETHER = 10  # students and courses of a round of the speedrun
PATIENCE_S = 240

WORDS = {
    "en": """acceleration amplitude angular atom balance battery beam capacitor charge circuit collision conductor
             conservation current decay density diffraction displacement elastic electron energy entropy equilibrium
             field fluid force frequency friction galaxy gas gravity harmonic heat impulse inertia interference
             inverse laser lens light liquid magnet mass matter measurement mechanics mirror momentum motion neutron
             nuclear optics orbit oscillation particle pendulum phase photon planet plasma power pressure quantum
             radiation reflection refraction relativity resistance resonance rotation scattering solid sound spectrum
             spring star temperature tension thermal torque vacuum velocity voltage wave weight work""".split(),
    "de": """Beschleunigung Amplitude Drehung Atom Gleichgewicht Batterie Strahl Kondensator Ladung Stromkreis Kollision
             Leiter Erhaltung Strom Zerfall Dichte Beugung Verschiebung Elektron Energie Entropie Feld Flüssigkeit
             Kraft Frequenz Reibung Galaxie Gas Schwerkraft Schwingung Wärme Impuls Trägheit Überlagerung Laser Linse
             Licht Magnet Masse Materie Messung Mechanik Spiegel Bewegung Neutron Kern Optik Umlaufbahn Teilchen Pendel
             Phase Photon Planet Plasma Leistung Druck Quanten Strahlung Spiegelung Brechung Relativität Widerstand
             Resonanz Streuung Festkörper Schall Spektrum Feder Stern Temperatur Spannung Drehmoment Vakuum
             Geschwindigkeit Welle Gewicht Arbeit""".split(),
}


def language_of(number):
    return ("en", "de")[number % 2]


def fresh():
    return str(uuid.uuid4())


def person(user):
    """A registration as the API would send it, but for a password that could be tried."""
    return ("register_user", {
        "user": user, "email": f"{user}@example.edu", "name": "Ada Lovelace", "locale": "en", "region": "GB",
        "password": "nobody logs in", "password_hash": "not a hash", "token": "A" * 43, "token_hash": digest(user),
        "expires_at": "2100-01-01T00:00:00Z"})


def digest(text):
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def open_course(actor, course, title="Mechanics", language="en"):
    """The five commands after which everybody may join."""
    lesson = fresh()
    outline = [{"title": "All", "items": [{"item": lesson, "required": True, "rule": "viewed"}]}]
    return [
        ("create_course", {"course": course, "creator": actor, "title": title, "language": language,
                           "level": "introductory"}),
        ("write_lesson", {"course": course, "lesson": lesson, "actor": actor, "title": title,
                          "body": "It moves."}),
        ("change_outline", {"course": course, "actor": actor, "sections": outline}),
        ("publish_course", {"course": course, "edition": fresh(), "actor": actor}),
        ("change_enrolment_policy", {"course": course, "actor": actor, "admission": "open", "seats": 0, "places": 0}),
    ]


class School:
    def __init__(self, place):
        self.place, self.house = place, House(place)
        self.load = place.built("tests/bench/wish_load")
        self.environment = {**os.environ, "ORRERY_DATA": str(self.house.data)}
        self.teacher = self.house.people[0][0]
        self.notes = []

    def wish(self, wishes, depth=IN_FLIGHT, socket=None):
        lines = "".join(f"{command} {json.dumps(fields)}\n" for command, fields in wishes)
        socket = socket or self.house.data / "writer.sock"
        return json.loads(stage.output_of(self.load, socket, depth, input=lines))

    def folded(self, model, position):
        """Until the read model has the event, which must be one that it folds."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            said = stage.output_of(self.place.built("tools/orrery"), "status", "--json", env=self.environment)
            positions = {one["name"]: one["position"] for one in json.loads(said)["stats"]["projections"]}
            if positions[model] >= position:
                return
            if time.monotonic() > deadline:
                raise stage.Failure(f"{model} did not come to {position} within {PATIENCE_S} s: {positions}")
            time.sleep(0.05)

    def fill(self, model, what, wishes):
        """Sends them all, and notes how fast they were durable and folded."""
        began = time.monotonic()
        said = self.wish(wishes)
        self.folded(model, said["position"])
        rate, took = said["count"] / said["seconds"], time.monotonic() - began
        self.notes.append(f"Filling, {what}: {said['count']:,} commands, durable at {rate:,.0f} a second, and in the "
                          f"read model {model} {took:.1f} s after the first was sent.")
        print(self.notes[-1], file=sys.stderr, flush=True)

    def tables(self, model, statements):
        stage.output_of("psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.house.connection,
                        input=f"SET search_path TO {model};\n{statements}\nANALYZE;")

    # ---- what is measured

    def speedrun(self):
        """Students and courses that are made and all join, and how many operations the published runs count."""
        students, courses = ([fresh() for _ in range(TOGETHER)] for _ in range(2))
        wishes = [person(student) for student in students]
        for course in courses:
            wishes += open_course(self.teacher, course)
        wishes += [("enrol", {"course": course, "learner": student}) for student in students for course in courses]
        return wishes, TOGETHER + TOGETHER + TOGETHER * TOGETHER

    def assessments(self, course, count):
        """A course with one question and so many assessments that ask it: their ids, papers and commands."""
        actor, question = self.teacher, fresh()
        choices = [{"key": key, "text": f"Choice {key}"} for key in "abcd"]
        slots = [{"points_milli": 1000, "draw": 1, "pool": [{"question": question, "version": 1}]}]
        papers = {fresh(): fresh() for _ in range(count)}
        wishes = open_course(actor, course)
        wishes += [("write_question", {"question": question, "course": course, "actor": actor, "type": "single",
                                       "prompt": "Which is a vector?", "choices": choices}),
                   ("set_key", {"question": question, "actor": actor, "version": 1,
                                "choices": [{"key": "b", "credit": 1000}]})]
        for number, (assessment, paper) in enumerate(papers.items()):
            wishes.append(("write_assessment", {"course": course, "assessment": assessment, "content": paper,
                                                "actor": actor, "title": f"Test {number + 1}", "purpose": "quiz",
                                                "slots": slots}))
        outline = [{"item": assessment, "required": True, "rule": "questions"} for assessment in papers]
        wishes += [("change_outline", {"course": course, "actor": actor,
                                       "sections": [{"title": "All", "items": outline}]}),
                   ("publish_course", {"course": course, "edition": fresh(), "actor": actor})]
        return papers, wishes

    def attempts(self):
        """(attempt, learner's number) of those under way, one for each client."""
        course = fresh()
        papers, wishes = self.assessments(course, 1)
        (assessment, paper), = papers.items()
        begun = [(fresh(), number) for number in range(1, CLIENTS + 1)]
        for attempt, number in begun:
            learner = self.house.people[number][0]
            wishes += [("enrol", {"course": course, "learner": learner}),
                       ("start_attempt", {"assessment": assessment, "attempt": attempt, "learner": learner,
                                          "course": course, "paper": paper, "secret": digest(attempt)})]
        self.fill("attempt", "attempts", wishes)
        return begun

    def answer(self, attempt, number):
        return ("save_answer", {"attempt": attempt, "slot": 1, "learner": self.house.people[number][0],
                                "chosen": [{"key": "b"}]})

    def gradebook(self):
        """The course: each learner has a grade in each item. Staff gave them, as that is one command for one grade."""
        course, chance = fresh(), random.Random(1)
        papers, wishes = self.assessments(course, ITEMS)
        learners = [user for user, _ in self.house.people[:LEARNERS]]
        wishes += [("enrol", {"course": course, "learner": learner}) for learner in learners]
        self.fill("gradebook", "learners", wishes)
        self.fill("gradebook", "grades", [
            ("override_grade", {"course": course, "learner": learner, "item": item, "actor": self.teacher,
                                "points_milli": chance.randrange(1001), "of_milli": 1000, "reason": "Seen in class."})
            for learner in learners[:max(1, FOLDED // ITEMS)] for item in papers])
        self.tables("gradebook", f"""
            INSERT INTO gradebook_entry (course_id, learner_id, item_id, override_points, override_of)
            SELECT r.course_id, r.learner_id, i.item_id, floor(random() * 1001), 1000
            FROM gradebook_row AS r JOIN gradebook_item AS i USING (course_id) WHERE r.course_id = '{course}'
            ON CONFLICT DO NOTHING;
            UPDATE gradebook_row AS r
            SET entries = v.entries, total = v.total, shown = v.shown, shown_total = v.shown_total
            FROM gradebook_row AS o CROSS JOIN gradebook_rendering(o.course_id, o.learner_id) AS v
            WHERE o.course_id = '{course}' AND r.course_id = o.course_id AND r.learner_id = o.learner_id;""")
        return course

    def catalogue(self):
        """Listed courses, half of them in German."""
        chance = random.Random(2)

        def text(number, count):
            return " ".join(chance.sample(WORDS[language_of(number)], count))

        wishes, rows = [], []
        for number in range(FOLDED // 5):
            course = fresh()
            wishes += open_course(self.teacher, course, text(number, 3), language_of(number))[:4]
            wishes.append(("describe_course", {"course": course, "actor": self.teacher, "listing": "listed",
                                               "summary": text(number, 12), "tags": [{"word": text(number, 1)}]}))
        self.fill("course", "courses", wishes)
        for number in range(FOLDED // 5, COURSES):
            rows.append(f"({number}, '{language_of(number)}', '{text(number, 3)}', '{text(number, 12)}', "
                        f"'{text(number, 1)}')")
        self.tables("course", f"""
            INSERT INTO course (course_id, version, title, summary, locale, level, listing, tags, tag_words, created_at,
                                editions, latest, latest_items, published_at, first_published)
            SELECT gen_random_uuid(), 6, title, summary, locale, 'introductory', 'listed',
                   json_build_array(json_build_object('word', tag)), ARRAY[lower(tag)], '2026-01-01T00:00:00Z', 1,
                   gen_random_uuid(), 1, '2026-01-01T00:00:00Z', number
            FROM (VALUES {", ".join(rows)}) AS v (number, locale, title, summary, tag);
            UPDATE course SET summary_document = course_summary_view(course), words = course_words_of(course)
            WHERE version = 6 AND summary_document = '{{}}';""" if rows else "")
