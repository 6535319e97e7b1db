"""Loads a course that lies in a folder: course.json, lessons in Markdown, media. In its files a lesson, a question, an
objective or a medium goes by a name of its own; here each gets its id. Every command has a key that follows from the
name, so that loading again after a failure goes on where it stopped.

course.json has the members of the commands that it leads to, and beside them: `name` wherever something is named,
`file` where a text or a medium lies, `key`, `task`, `rubric` and `use` in a question, `policy` in an assessment. Its
simulations are scenarios of ours, shown to those of the course and run once, so that the first learner finds them
ready. `laboratory` has what needs them: assessments and sections of the outline."""
import json
import pathlib
import re
import uuid

# An embed, and a file of the course's own, as a lesson names them (api/markdown.h).
QUESTION = re.compile(r"^```question (\S+)$", re.M)
SIMULATION = re.compile(r"^```simulation (\S+)$", re.M)
MEDIUM = re.compile(r"\(media:([^)\s]+)\)")


class Loader:
    def __init__(self, orrery, caller, folder):
        self.orrery = orrery
        self.caller = caller
        self.folder = pathlib.Path(folder)
        self.told = json.loads((self.folder / "course.json").read_text())
        self.ids = {}        # of all that is named
        self.position = 0    # of what was sent last

    def send(self, method, path, name, body, **headers):
        """The answer to one command. `name` makes its key."""
        key = re.sub(r"[^A-Za-z0-9]", "-", f"demo-course-{name}")
        answer = self.orrery.ask(method, path, body, Idempotency_Key=key, **self.caller, **headers)
        self.position = max(self.position, answer["position"])
        return answer

    def body(self, thing, *names):
        return {name: thing[name] for name in names if name in thing}

    def objectives(self, thing):
        return {"objectives": [{"objective": self.ids["objective " + name]} for name in thing.get("objectives", [])]}

    def begin(self):
        self.course = self.send("POST", "/courses", "begin", self.body(self.told, "title", "language", "level"))["id"]
        for objective in self.told["objectives"]:
            self.ids["objective " + objective["name"]] = str(uuid.uuid5(uuid.UUID(self.course), objective["name"]))
        self.send("PUT", f"/courses/{self.course}/objectives", "objectives", {"objectives": [
            {"objective": self.ids["objective " + objective["name"]], "title": objective["title"]}
            for objective in self.told["objectives"]]})

    def load_media(self):
        for medium in self.told["media"]:
            content = (self.folder / medium["file"]).read_bytes()
            answer = self.send("POST", "/media", "medium-" + medium["name"], content, Content_Type=medium["type"])
            self.ids["medium " + medium["name"]] = answer["media"]

    def load_simulation(self, simulation):
        name = simulation["name"]
        answer = self.send("POST", "/simulations", "simulation-" + name, self.body(simulation, "title", "scenario"))
        self.ids["simulation " + name] = answer["id"]
        at = f"/simulations/{answer['id']}"
        self.send("PUT", at + "/visibility", "visibility-" + name, {"visibility": "course", "course": self.course})
        self.send("POST", at + "/runs", "run-" + name, {}, X_Min_Position=self.position)

    def set_task(self, question, task):
        self.send("PUT", f"/questions/{question}/task", "task-" + question,
                  task | {"version": 1, "simulation": self.ids["simulation " + task["simulation"]]},
                  X_Min_Position=self.position)

    def load_question(self, question):
        name = question["name"]
        beside = ("name", "key", "task", "rubric", "use")
        body = {member: value for member, value in question.items() if member not in beside}
        if "simulation " + body.get("scene", "") in self.ids:
            body["scene"] = self.ids["simulation " + body["scene"]]
        answer = self.send("POST", f"/courses/{self.course}/questions", "question-" + name,
                           body | self.objectives(question))
        self.ids["question " + name] = answer["id"]
        if "key" in question:
            self.send("PUT", f"/questions/{answer['id']}/key", "key-" + name, {"version": 1} | question["key"])
        if "task" in question:
            self.set_task(answer["id"], question["task"])
        if "rubric" in question:
            self.send("PUT", f"/questions/{answer['id']}/rubric", "rubric-" + name,
                      {"version": 1, "criteria": question["rubric"]})

        if "use" in question:
            self.send("PUT", f"/questions/{answer['id']}/use", "use-" + name, {"use": question["use"]})

    def load_lesson(self, lesson):
        text = (self.folder / lesson["file"]).read_text()
        text = QUESTION.sub(lambda match: "```question " + self.ids["question " + match[1]], text)
        text = SIMULATION.sub(lambda match: "```simulation " + self.ids["simulation " + match[1]], text)
        text = MEDIUM.sub(lambda match: f"(media:{self.ids['medium ' + match[1]]})", text)
        answer = self.send("POST", f"/courses/{self.course}/lessons", "lesson-" + lesson["name"],
                           self.body(lesson, "title", "minutes") | {"body": text} | self.objectives(lesson))
        self.ids["item " + lesson["name"]] = answer["id"]

    def load_assessment(self, assessment):
        name = assessment["name"]
        slots = [slot | {"pool": [{"question": self.ids["question " + question], "version": 1}
                                  for question in slot["pool"]]} for slot in assessment["slots"]]
        answer = self.send("POST", f"/courses/{self.course}/assessments", "assessment-" + name,
                           self.body(assessment, "title", "instructions", "purpose") | {"slots": slots})
        self.ids["item " + name] = answer["id"]
        self.send("PUT", f"/assessments/{answer['id']}/policy", "policy-" + name, assessment["policy"])

    def outline_item(self, item):
        named = {"item": self.ids["item " + item["item"]]}
        if "after" in item:
            named["after"] = self.ids["item " + item["after"]]
        return item | named

    def publish(self):
        self.send("PUT", f"/courses/{self.course}/outline", "outline", {"sections": [
            {"title": section["title"], "items": [self.outline_item(item) for item in section["items"]]}
            for section in self.told["sections"] + self.told["laboratory"]["sections"]]})
        self.send("PATCH", f"/courses/{self.course}", "description",
                  self.body(self.told, "summary") | {"listing": "listed",
                                                     "tags": [{"word": word} for word in self.told["tags"]]})
        self.send("PUT", f"/courses/{self.course}/enrolment/policy", "admission",
                  {"admission": "open", "seats": 0, "places": 0})
        self.send("POST", f"/courses/{self.course}/editions", "edition", {})

    def load(self):
        """The course's id."""
        self.begin()
        self.load_media()
        for simulation in self.told["simulations"]:
            self.load_simulation(simulation)
        for question in self.told["questions"]:
            self.load_question(question)
        for lesson in self.told["lessons"]:
            self.load_lesson(lesson)
        for assessment in self.told["assessments"] + self.told["laboratory"]["assessments"]:
            self.load_assessment(assessment)
        self.publish()
        return self.course
