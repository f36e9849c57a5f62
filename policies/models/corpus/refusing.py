"""Families that refuse or ask back: what cannot be done, what is not there, what is not clear."""

from __future__ import annotations

from ..prompt import CANNOT
from .arranging import pyramid, swap
from .clauses import several_commands
from .destinations import into, region
from .frames import frames
from .moving import named_to_relation, put_one
from .scene import Sample, Scene
from .stacking import stack_order
from .subjects import SINGLE, draw, named
from .vocabulary import ALL_KINDS, KINDS, plural
from .wording import article, expand, imperative, say

_THINGS = (
    "towel", "window", "door", "chair", "book", "phone", "cat", "dog", "flower", "shirt", "lamp", "radio", "cup of tea",
    "glass of water", "pizza", "sandwich", "hammer", "knife", "rope", "newspaper", "umbrella", "pillow", "guitar",
)  # fmt: skip
_IMPOSSIBLE = (
    "(cut|saw|chop|split|slice|break|tear|snap|smash|crush|grind|divide) <X> (in half|in two|into pieces|to pieces|apart|into "
    "halves and put them <D>)",
    "(paint|color|dye|spray|tint) <X> (blue|red|green|golden|white|in the color of <Y>|black)",
    "(melt|burn|boil|cook|fry|roast|heat|freeze|cool|bake|grill) <X>( and pour it <D>| for ten minutes| until it is soft|)",
    "(eat|drink|smell|taste|swallow|lick|bite|kiss) <X>",
    "(make|let) <X> (bigger|smaller|heavier|lighter|rounder|invisible|fly|disappear|sing|jump|float|grow|glow|shrink|talk)",
    "(glue|weld|nail|tape|tie|screw|sew|staple|solder) <X> (to|onto) <Y>",
    "(fold|iron|peel|inflate|squeeze|stretch|bend|knit|dissolve|polish|sharpen|unscrew|wash|dry|water|feed|repair) <X>",
    "turn <X> into (<Y>|a bird|gold|a sphere|something else|a horse)",
    "(throw|toss|hurl|kick|fire|launch) <X> (out of the window|to the moon|at the wall|across the room|into space|upstairs)",
    "(hang|suspend|hide) <X> (from|under) the (ceiling|roof|carpet|floor|stairs)",
    "(drive|walk|run|swim|go|fly|travel) to the (kitchen|station|shop|garden|office|city|moon)( and (buy|fetch|bring) <X>|)",
    "(open|close|lock|clean|break) the (window|door|gate|curtain|roof|fridge)",
    "(play|sing|tell|write|draw|read) (me |us |) (a song|a story|a letter|a joke|the news|a poem)",
    "(call|phone|email|wake|ask|greet|hug|visit) (my mother|the doctor|a taxi|the boss|my brother|the police)",
    "(fill|flood|cover|soak) <X> with (water|milk|sand|oil|paint|soup|snow)",
    "(pour|spill|drip) (water|milk|coffee|oil|juice|tea) (into|over|on) <X>",
    "(order|buy|sell|rent|steal|lend me) (a new <N>|<X>|some more <P>)",
    "(turn|switch) (on|off) the (light|radio|heating|music|oven|fan|television)",
    "(set|put) <X> on fire", "(weigh|x-ray|photograph|scan) <X>", "make (coffee|dinner|lunch|a cake|the bed|tea)",
    "(move|put|push|shift|send|slide) <X> (five|ten|3|20|fifty|a hundred) (metres|meters|miles|kilometers|km) (to the left|away|up|"
    "forward|back)",
    "(make|let|have) <X> (hover|float|levitate|hang) (in the air|above <Y>|over <Y>|in mid-air)( without holding it|)",
    "<X> (should|has to|must) (become|get|be made) (bigger|twice as big|larger|smaller|heavier|round|softer)",
    "what is the (weight|price|age|taste|temperature) of <X>", "(who|what) (are you|is your name|made you|do you like)",
    "what (time|day) is it", "(remember|forget|imagine|describe) (yesterday|my birthday|your dreams|the weather)",
)  # fmt: skip


def impossible(scene: Scene) -> Sample:
    """What no arm with a gripper can do."""
    rng = scene.rng
    kind = scene.item_kind()
    x = named(scene, kind)
    y, target = named(scene, kind), into(scene, stacking=False)
    words = say(
        rng, *_IMPOSSIBLE, group="impossible", share=0.5, X=x.words, Y=y.words, D=target.words, N=kind, P=plural(kind)
    )
    if rng.random() < 0.12:
        # A container cannot go into what has no inside.
        holder = scene.add(rng.choice(("bowl", "tray")))
        words = say(rng, "(put|place|drop) <H> (into|inside|in) <X>", H=scene.refer(holder), X=x.words)
    return Sample("impossible", (), words, CANNOT, "refuse")


def absent(scene: Scene) -> Sample:
    """Something is named that is not in view: the thing to move, or where it should go."""
    rng = scene.rng
    roll = rng.random()
    kind = scene.item_kind()
    if roll > 0.75:
        sample = rng.choice((put_one, named_to_relation, stack_order, swap, pyramid, several_commands))(scene)
        named_ones = [t for t in scene.things if t in sample.instruction and scene.things.count(t) == 1]
        if named_ones and not sample.scene:
            missing = rng.choice(named_ones)
            scene.things.remove(missing)
            scene.closed |= set(missing.split())
            return Sample("absent", (), sample.instruction, f'say("I see no {missing}.")', f"refuse; say({missing})")
        scene.things.clear()
        scene.closed.clear()
        scene.lexicon.clear()
    if roll < 0.40:
        # The thing itself. Others of its kind, or of its colour, are there.
        if rng.random() < 0.8:
            scene.several(kind, rng.choice((1, 2, 3)))
        missing = f"{scene.color()} {kind}"
        target = into(scene, stacking=False) if rng.random() < 0.7 else region(scene)
        if rng.random() < 0.4:
            scene.things.append(f"{missing.split()[0]} {rng.choice(('bowl', 'zone')) if kind != 'bowl' else 'block'}")
        scene.closed |= {missing.split()[0], kind}
        words = imperative(rng, scene.refer(missing, plain=True), target.words)
    elif roll < 0.72:
        # Where it should go.
        subject = draw(scene, SINGLE[:1])
        holder = scene.holder_kind() if rng.random() < 0.75 else scene.item_kind()
        if rng.random() < 0.8:
            scene.several(holder, rng.choice((1, 2)))
        missing = f"{scene.color()} {holder}"
        scene.closed |= {missing.split()[0], holder}
        preposition = "on" if ALL_KINDS[holder].role == "item" else rng.choice(("in", "into"))
        words = imperative(rng, subject.words, f"{preposition} {scene.refer(missing, plain=True)}")
    else:
        # A thing of another world.
        named(scene, kind)
        missing = rng.choice((*_THINGS, *frames("world")))
        target = into(scene, stacking=False)
        words = imperative(rng, f"the {missing}", target.words)
        if rng.random() < 0.4:
            words = say(
                rng, "(bring|give|hand|fetch|get|show) me <X>", X=rng.choice((f"the {missing}", article(missing)))
            )
    return Sample("absent", (), words, f'say("I see no {missing}.")', f"refuse; say({missing})")


def several_absent(scene: Scene) -> Sample:
    """All of a kind or colour that is not there."""
    rng = scene.rng
    kind = scene.item_kind()
    scene.several(kind, rng.choice((1, 2)))
    target = into(scene, stacking=False) if rng.random() < 0.7 else region(scene)
    if rng.random() < 0.5:
        missing = f"{scene.color()} {kind}"
        scene.closed |= {missing.split()[0], kind}
    else:
        other = scene.item_kind()
        while other == kind:
            other = scene.item_kind()
        missing = other
        scene.closed |= {other}
    words = imperative(rng, f"{rng.choice(('all ', 'all the ', 'the '))}{plural(missing)}", target.words, many=True)
    return Sample("absent-all", (), words, f'say("I see no {missing}.")', f"refuse; say({missing})")


def which_one(scene: Scene) -> Sample:
    """More than one thing is meant by the words: ask, and go on with the answer."""
    rng = scene.rng
    kind = scene.item_kind()
    roll = rng.random()
    if roll < 0.5:
        # The thing: "the block" among several, or two alike.
        if rng.random() < 0.2:
            color = scene.color()
            names = [scene.add(k, color) for k in dict.fromkeys((kind, scene.item_kind(), "bowl"))]
            what, chosen = f"{color} thing", rng.choice(names[:-1] or names)
            scene.closed.add(color)
        elif rng.random() < 0.6:
            names = scene.several(kind, rng.choice((2, 3)))
            what, chosen = kind, rng.choice(names)
        else:
            what = f"{scene.color()} {kind}"
            scene.things += [what] * 2
            chosen = ""
        scene.closed |= {kind, what.split()[0]}
        target = into(scene, stacking=False) if rng.random() < 0.7 else region(scene)
        who = f"the {scene.noun(kind) if what == kind else what}"
        if what.endswith(" thing"):
            who = rng.choice((who, f"the {what.split()[0]} one", what.split()[0], f"the {what.split()[0]}"))
        words = imperative(rng, who, target.words)
        code = f'pick(ask("Which {what} do you mean?"))\n{target.call}'
        goals = f"asked; {target.goal(chosen)}" if chosen else "refuse"
    else:
        holder = rng.choice(("bowl", "bowl", "tray", scene.holder_kind()))
        names = scene.several(holder, 2)
        chosen = rng.choice(names)
        subject = named(scene, kind)
        scene.closed |= {holder, kind}
        call = "place_in" if holder in KINDS or ALL_KINDS[holder].role == "bowl" else "place_on"
        preposition = "(in|into|inside)" if ALL_KINDS[holder].role in ("bowl", "tray") else "(on|onto)"
        words = imperative(rng, subject.words, expand(f"{preposition} the {holder}", rng))
        code = f'answer = ask("Which {holder} do you mean?")\npick({subject.code})\n{call}(answer)'
        goals = f"asked; in({subject.goal}, {chosen})"
    answer = expand(f"(the {chosen}|{chosen}|the {chosen}, please)", rng) if chosen else ""
    return Sample("which-one", (), words, code, goals, answer=answer)


def unclear(scene: Scene) -> Sample:
    """It is not said what, or where to."""
    rng = scene.rng
    item = named(scene)
    named(scene, item.kind)
    into(scene, stacking=False)
    words = say(
        rng,
        "(put|move|place|bring) (it|that|this|them|something|that thing|the thing) (over there|there|somewhere|away|elsewhere)",
        "(put|move|place) (it|that|this) (in|on) (it|that|the other one|there)",
        "(do it|do that|do something|go on|start|again|the other one|that one|no, the other|not like that|same again)",
        "(put|move|place|bring) <X> (over there|there|somewhere else|where it belongs|where i said|to its place|to me)",
        "(put|move) the (thing|object|one) (next to|beside|on|behind) the other (thing|object|one)",
        "(tidy up|clean up|make order|fix this|help|help me|make it nice|do your thing)",
        group="unclear",
        X=item.words,
    )  # fmt: skip
    return Sample("unclear", (), words, 'ask("What do you mean?")', "refuse")


def told_to_ask(scene: Scene) -> Sample:
    """The instruction itself says that a question is to be asked."""
    rng = scene.rng
    kind = scene.item_kind()
    scene.several(kind, rng.choice((2, 3)))
    holders = scene.several(rng.choice(("bowl", "tray")), 2)
    holder, chosen = holders[0].split()[1], rng.choice(holders)
    scene.closed |= {kind, holder}
    noun = scene.noun(kind, True)
    words = say(
        rng,
        "(put|place) (all the|the|all) <N> (in|into|on) the <H> (that i mean|i have in mind|i want); ask me which",
        "ask me which <H>, (and|then) (put|place) (all the|the|all) <N> (in it|there|into it)",
        "(put|place) (all the|the|all) <N> (in|into) a <H>, but ask me (first |)(which|which one)",
        group="ask-which", N=noun, H=holder,
    )  # fmt: skip
    code = f'answer = ask("Which {holder} do you mean?")\nfor thing in detect("{kind}"):\n    pick(thing)\n    place_in(answer)'
    answer = expand(f"(the {chosen}|{chosen}|the {chosen}, please)", rng)
    return Sample("told-to-ask", (), words, code, f"asked; in({kind}, {chosen})", answer=answer)
