// The engines of others under the scenes of ours: `physics_peer.mjs ENGINE run SECONDS` and `… swing`, with the lines of
// `physics_load draw` on the standard input. Steps of 1/60 s, each engine with the iterations that it comes with.
import { readFileSync } from 'node:fs';

const STEP = 1 / 60;
const STEPS = 300;
const WARM_STEPS = 20;
const WARM_WORLDS = 50;
const SWING_SECONDS = 60;
const GRAVITY = -9.81;

function readScene(text) {
  const scene = { worlds: 1, bodies: [], joints: [] };
  for (const line of text.trim().split('\n')) {
    const [word, kind, ...numbers] = line.split(' ');
    const values = numbers.map(Number);
    if (word === 'worlds') scene.worlds = Number(kind);
    else if (word === 'body')
      scene.bodies.push({
        static: kind === 'static',
        mass: values[0],
        x: values[1],
        y: values[2],
        angle: values[3],
        shapes: [],
      });
    else if (word === 'joint')
      scene.joints.push({ kind, a: values[0], b: values[1], pa: values.slice(2, 4), pb: values.slice(4, 6) });
    else
      scene.bodies
        .at(-1)
        .shapes.push({
          kind: word,
          size: [Number(kind), ...values.slice(0, -2)],
          friction: values.at(-2),
          elasticity: values.at(-1),
        });
  }
  return scene;
}

// A segment as a box around its middle, for engines that have no thick ones.
function segmentBox([ax, ay, bx, by, radius]) {
  const length = Math.hypot(bx - ax, by - ay);
  return { width: length, height: 2 * radius, x: (ax + bx) / 2, y: (ay + by) / 2, angle: Math.atan2(by - ay, bx - ax) };
}

function momentOf(body) {
  const [shape] = body.shapes;
  if (shape.kind === 'circle') return (body.mass * shape.size[0] ** 2) / 2;
  return (body.mass * (shape.size[0] ** 2 + shape.size[1] ** 2)) / 12;
}

function areaOf(shape) {
  return shape.kind === 'circle' ? Math.PI * shape.size[0] ** 2 : shape.size[0] * shape.size[1];
}

// Pairs that a joint holds do not collide in our scenes: links of a chain are of one group.
const isChain = (scene) => scene.joints.length > 1;

// Each engine: an object with step() and energy() of the last body, from a scene.
const engines = {
  async 'cannon-es'() {
    const cannon = await import('cannon-es');
    const shapeOf = ({ kind, size }) => {
      if (kind === 'circle') return new cannon.Sphere(size[0]);
      return new cannon.Box(new cannon.Vec3(size[0] / 2, size[1] / 2, 0.5));
    };
    function bodyOf(scene, description, world) {
      const body = new cannon.Body({
        mass: description.static ? 0 : description.mass,
        linearDamping: 0,
        angularDamping: 0,
      });
      body.position.set(description.x, description.y, 0);
      body.quaternion.setFromAxisAngle(new cannon.Vec3(0, 0, 1), description.angle);
      for (const shape of description.shapes) {
        if (shape.kind === 'segment') {
          const box = segmentBox(shape.size);
          const turn = new cannon.Quaternion().setFromAxisAngle(new cannon.Vec3(0, 0, 1), box.angle);
          body.addShape(
            new cannon.Box(new cannon.Vec3(box.width / 2, box.height / 2, 0.5)),
            new cannon.Vec3(box.x, box.y, 0),
            turn,
          );
        } else body.addShape(shapeOf(shape));
      }
      body.linearFactor.set(1, 1, 0);
      body.angularFactor.set(0, 0, 1);
      body.updateMassProperties();
      if (isChain(scene) || scene.worlds > 1) body.collisionFilterMask = 0;
      world.addBody(body);
      return body;
    }
    return (scene) => {
      const world = new cannon.World({ gravity: new cannon.Vec3(0, GRAVITY, 0) });
      world.broadphase = new cannon.SAPBroadphase(world);
      world.solver.iterations = 10;
      world.defaultContactMaterial.friction = 0.25;
      world.defaultContactMaterial.restitution = 0;
      const ground = new cannon.Body({ mass: 0 });
      const bodies = scene.bodies.map((body) => bodyOf(scene, body, world));
      for (const { kind, a, b, pa, pb } of scene.joints) {
        const first = a < 0 ? ground : bodies[a];
        const anchor = (p) => new cannon.Vec3(p[0], p[1], 0);
        world.addConstraint(
          kind === 'pin'
            ? new cannon.DistanceConstraint(first, bodies[b])
            : new cannon.PointToPointConstraint(first, anchor(pa), bodies[b], anchor(pb)),
        );
      }
      const last = bodies.at(-1);
      return {
        step: () => world.step(STEP),
        energy: () =>
          last.velocity.lengthSquared() / 2 +
          (momentOf(scene.bodies.at(-1)) * last.angularVelocity.z ** 2) / 2 -
          GRAVITY * last.position.y,
      };
    };
  },

  async 'matter-js'() {
    const { default: matter } = await import('matter-js');
    function bodyOf(scene, { static: fixed, mass, x, y, angle, shapes: [shape] }) {
      const options = { friction: 0.25, frictionAir: 0, restitution: shape.elasticity, isStatic: fixed, slop: 0.005 };
      if (isChain(scene)) options.collisionFilter = { group: -1 };
      if (shape.kind === 'segment') {
        const box = segmentBox(shape.size);
        return matter.Bodies.rectangle(x + box.x, y + box.y, box.width, box.height, { ...options, angle: box.angle });
      }
      if (shape.kind === 'circle')
        return matter.Bodies.circle(x, y, shape.size[0], { ...options, mass, inverseMass: 1 / mass });
      return matter.Bodies.rectangle(x, y, shape.size[0], shape.size[1], {
        ...options,
        angle,
        density: mass / areaOf(shape),
      });
    }
    return (scene) => {
      const engine = matter.Engine.create({ gravity: { x: 0, y: -1, scale: -GRAVITY * 1e-6 } });
      const bodies = scene.bodies.map((body) => bodyOf(scene, body));
      matter.Composite.add(engine.world, bodies);
      for (const { a, b, pa, pb } of scene.joints) {
        matter.Composite.add(
          engine.world,
          matter.Constraint.create({
            bodyA: a < 0 ? null : bodies[a],
            bodyB: bodies[b],
            pointA: { x: pa[0], y: pa[1] },
            pointB: { x: pb[0], y: pb[1] },
            stiffness: 1,
          }),
        );
      }
      const last = bodies.at(-1);
      const perSecond = 60; // its velocities are per 1/60 s
      return {
        step: () => matter.Engine.update(engine, STEP * 1000),
        energy: () =>
          (matter.Body.getSpeed(last) * perSecond) ** 2 / 2 +
          (momentOf(scene.bodies.at(-1)) * (matter.Body.getAngularVelocity(last) * perSecond) ** 2) / 2 -
          GRAVITY * last.position.y,
      };
    };
  },

  async planck() {
    const planck = await import('planck');
    function fixtureOf(scene, shape) {
      const settings = { friction: shape.friction, restitution: shape.elasticity, density: 1 };
      if (isChain(scene)) settings.filterGroupIndex = -1;
      if (shape.kind === 'circle') return [new planck.Circle(shape.size[0]), settings];
      if (shape.kind === 'box') return [new planck.Box(shape.size[0] / 2, shape.size[1] / 2), settings];
      const box = segmentBox(shape.size);
      return [new planck.Box(box.width / 2, box.height / 2, new planck.Vec2(box.x, box.y), box.angle), settings];
    }
    return (scene) => {
      const world = new planck.World({ gravity: { x: 0, y: GRAVITY }, allowSleep: false });
      const ground = world.createBody();
      const bodies = scene.bodies.map((description) => {
        const body = world.createBody({
          type: description.static ? 'static' : 'dynamic',
          position: { x: description.x, y: description.y },
          angle: description.angle,
        });
        for (const shape of description.shapes) {
          const [form, settings] = fixtureOf(scene, shape);
          body.createFixture(form, { ...settings, density: description.static ? 0 : description.mass / areaOf(shape) });
        }
        return body;
      });
      for (const { kind, a, b, pa, pb } of scene.joints) {
        const settings = { localAnchorA: { x: pa[0], y: pa[1] }, localAnchorB: { x: pb[0], y: pb[1] }, length: 1 };
        const first = a < 0 ? ground : bodies[a];
        world.createJoint(
          kind === 'pin'
            ? new planck.DistanceJoint({ ...settings, bodyA: first, bodyB: bodies[b] })
            : new planck.RevoluteJoint({ ...settings, bodyA: first, bodyB: bodies[b] }),
        );
      }
      const last = bodies.at(-1);
      return {
        step: () => world.step(STEP),
        energy: () =>
          last.getLinearVelocity().lengthSquared() / 2 +
          (momentOf(scene.bodies.at(-1)) * last.getAngularVelocity() ** 2) / 2 -
          GRAVITY * last.getPosition().y,
      };
    };
  },

  async rapier() {
    const rapier = await import('@dimforge/rapier2d-compat');
    await rapier.init();
    function colliderOf(scene, body, shape) {
      let form;
      if (shape.kind === 'circle') form = rapier.ColliderDesc.ball(shape.size[0]);
      else if (shape.kind === 'box') form = rapier.ColliderDesc.cuboid(shape.size[0] / 2, shape.size[1] / 2);
      else {
        const box = segmentBox(shape.size);
        form = rapier.ColliderDesc.cuboid(box.width / 2, box.height / 2)
          .setTranslation(box.x, box.y)
          .setRotation(box.angle);
      }
      form.setFriction(shape.friction).setRestitution(shape.elasticity);
      if (!body.static) form.setMass(body.mass);
      return isChain(scene) || scene.worlds > 1 ? form.setCollisionGroups(0x00010000) : form;
    }
    return (scene) => {
      const world = new rapier.World({ x: 0, y: GRAVITY });
      world.timestep = STEP;
      const ground = world.createRigidBody(rapier.RigidBodyDesc.fixed());
      const bodies = scene.bodies.map((description) => {
        const kind = description.static ? rapier.RigidBodyDesc.fixed() : rapier.RigidBodyDesc.dynamic();
        const body = world.createRigidBody(
          kind.setTranslation(description.x, description.y).setRotation(description.angle).setCanSleep(false),
        );
        for (const shape of description.shapes) world.createCollider(colliderOf(scene, description, shape), body);
        return body;
      });
      for (const { kind, a, b, pa, pb } of scene.joints) {
        const far = kind === 'pin' ? { x: -scene.bodies[b].x, y: -scene.bodies[b].y } : { x: pb[0], y: pb[1] };
        world.createImpulseJoint(
          rapier.JointData.revolute({ x: pa[0], y: pa[1] }, far),
          a < 0 ? ground : bodies[a],
          bodies[b],
          true,
        );
      }
      const last = bodies.at(-1);
      return {
        step: () => world.step(),
        energy: () => {
          const velocity = last.linvel();
          return (
            (velocity.x ** 2 + velocity.y ** 2) / 2 +
            (momentOf(scene.bodies.at(-1)) * last.angvel() ** 2) / 2 -
            GRAVITY * last.translation().y
          );
        },
        end: () => world.free(),
      };
    };
  },
};

// A whole run; its creation and end count.
function goThrough(create, scene, steps) {
  const world = create(scene);
  for (let i = 0; i < steps; i++) world.step();
  world.end?.();
}

function run(create, scene, seconds) {
  const moving = scene.bodies.filter((body) => !body.static).length;
  let done = 0;
  let used = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (; used < seconds; used = (performance.now() - start) / 1000) {
    for (let i = 0; i < scene.worlds; i++) goThrough(create, scene, STEPS);
    done += STEPS * scene.worlds * moving;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { body_steps: done, seconds: used, cpu_seconds: (user + system) / 1e6 };
}

function swing(create, scene) {
  const world = create(scene);
  for (let i = 1; i <= SWING_SECONDS / STEP; i++) {
    world.step();
    if (i % 6 === 0) console.log(`${(i * STEP).toFixed(1)} ${(world.energy() / -GRAVITY).toExponential(10)}`);
  }
}

const [, , name, verb, seconds] = process.argv;
const scene = readScene(readFileSync(0, 'utf8'));
const create = await engines[name]();
if (verb === 'swing') swing(create, { ...scene, worlds: 1 });
else {
  for (let i = 0; i < Math.min(scene.worlds, WARM_WORLDS); i++) goThrough(create, scene, WARM_STEPS);
  console.log(JSON.stringify(run(create, scene, Number(seconds))));
}
