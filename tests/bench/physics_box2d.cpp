// Box2D 2.4 under the scenes of ours: `physics_box2d run SECONDS`, with the lines of `physics_load draw` on the standard
// input. The only C++ here, built by the bench alone. Steps of 1/60 s, 8 rounds for velocities and 3 for places.
#include <box2d/box2d.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr float STEP = 1.0f / 60;
constexpr int STEPS = 300;

struct Shape {
	std::string kind;
	std::vector<float> size;
	float friction, elasticity;
};

struct Body {
	bool fixed;
	float mass, x, y, angle;
	std::vector<Shape> shapes;
};

struct Joint {
	std::string kind;
	int a, b;
	b2Vec2 anchor_a, anchor_b;
};

struct Scene {
	int worlds = 1, moving = 0;
	std::vector<Body> bodies;
	std::vector<Joint> joints;
};

Shape read_shape(const std::string &kind, std::istringstream &words)
{
	Shape shape{kind, {}, 0, 0};

	for (float value; words >> value;)
		shape.size.push_back(value);
	shape.elasticity = shape.size.back();
	shape.size.pop_back();
	shape.friction = shape.size.back();
	shape.size.pop_back();
	return shape;
}

void read_line(Scene &scene, const std::string &line)
{
	std::istringstream words(line);
	std::string word, kind;

	words >> word;
	if (word == "worlds") {
		words >> scene.worlds;
	} else if (word == "body") {
		Body body{};
		words >> kind >> body.mass >> body.x >> body.y >> body.angle;
		body.fixed = kind == "static";
		scene.moving += !body.fixed;
		scene.bodies.push_back(body);
	} else if (word == "joint") {
		Joint joint{};
		words >> joint.kind >> joint.a >> joint.b >> joint.anchor_a.x >> joint.anchor_a.y >> joint.anchor_b.x
			>> joint.anchor_b.y;
		scene.joints.push_back(joint);
	} else {
		scene.bodies.back().shapes.push_back(read_shape(word, words));
	}
}

void add_fixture(const Scene &scene, b2Body *body, const Body &from, const Shape &shape)
{
	b2CircleShape circle;
	b2PolygonShape polygon;
	b2FixtureDef fixture;
	float area = 1;

	fixture.shape = &polygon;
	if (shape.kind == "circle") {
		circle.m_radius = shape.size[0];
		area = b2_pi * shape.size[0] * shape.size[0];
		fixture.shape = &circle;
	} else if (shape.kind == "box") {
		polygon.SetAsBox(shape.size[0] / 2, shape.size[1] / 2);
		area = shape.size[0] * shape.size[1];
	} else { // a thick segment
		b2Vec2 a(shape.size[0], shape.size[1]), b(shape.size[2], shape.size[3]), along = b - a;
		polygon.SetAsBox(along.Length() / 2, shape.size[4], 0.5f * (a + b), std::atan2(along.y, along.x));
	}
	fixture.friction = shape.friction;
	fixture.restitution = shape.elasticity;
	fixture.density = from.fixed ? 0 : from.mass / area;
	if (!scene.joints.empty())
		fixture.filter.groupIndex = -1;
	body->CreateFixture(&fixture);
}

void add_joint(b2World &world, const Joint &joint, b2Body *a, b2Body *b)
{
	if (joint.kind == "pin") {
		b2DistanceJointDef rod;
		rod.Initialize(a, b, a->GetWorldPoint(joint.anchor_a), b->GetWorldPoint(joint.anchor_b));
		world.CreateJoint(&rod);
	} else {
		b2RevoluteJointDef pivot;
		pivot.bodyA = a;
		pivot.bodyB = b;
		pivot.localAnchorA = joint.anchor_a;
		pivot.localAnchorB = joint.anchor_b;
		world.CreateJoint(&pivot);
	}
}

std::unique_ptr<b2World> create(const Scene &scene)
{
	auto world = std::make_unique<b2World>(b2Vec2(0, -9.81f));
	b2BodyDef still;
	b2Body *ground = world->CreateBody(&still);
	std::vector<b2Body *> bodies;

	world->SetAllowSleeping(false);
	for (const Body &from : scene.bodies) {
		b2BodyDef definition;
		definition.type = from.fixed ? b2_staticBody : b2_dynamicBody;
		definition.position.Set(from.x, from.y);
		definition.angle = from.angle;
		bodies.push_back(world->CreateBody(&definition));
		for (const Shape &shape : from.shapes)
			add_fixture(scene, bodies.back(), from, shape);
	}
	for (const Joint &joint : scene.joints)
		add_joint(*world, joint, joint.a < 0 ? ground : bodies[joint.a], bodies[joint.b]);
	return world;
}

// A whole run; its creation and end count.
void go_through(const Scene &scene)
{
	auto world = create(scene);

	for (int i = 0; i < STEPS; i++)
		world->Step(STEP, 8, 3);
}

} // namespace

int main(int count, char **words)
{
	using Clock = std::chrono::steady_clock;
	Scene scene;
	double seconds = count > 2 ? std::atof(words[2]) : 1, used = 0, steps = 0;

	for (std::string line; std::getline(std::cin, line);)
		read_line(scene, line);
	go_through(scene);
	std::clock_t cpu = std::clock();
	for (auto start = Clock::now(); used < seconds;) {
		for (int i = 0; i < scene.worlds; i++)
			go_through(scene);
		steps += static_cast<double>(STEPS) * scene.worlds * scene.moving;
		used = std::chrono::duration<double>(Clock::now() - start).count();
	}
	std::printf("{\"body_steps\": %.0f, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", steps, used,
		    static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC);
	return 0;
}
