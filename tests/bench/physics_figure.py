"""Lines over time as a CSV and as a plot that needs nothing but a browser. The scale of the plot is logarithmic on both
sides of nothing, so that a loss of all and one of a millionth are seen at once."""
import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 960, 520, 80, 230, 50, 50
COLOURS = ["#0b6e4f", "#1b998b", "#8fb339", "#d1495b", "#edae49", "#7f5af0", "#3d5a80"]
LEAST_DECADE, MOST_DECADE = -8, 1  # what is less than 10^LEAST_DECADE is drawn as nothing


@dataclass
class Line:
    name: str
    points: list  # (seconds, value)

    def extreme(self):
        return max((value for _, value in self.points), key=abs)


def height_of(value):
    """From -1 to 1."""
    if abs(value) <= 10.0 ** LEAST_DECADE:
        return 0.0
    decades = min(math.log10(abs(value)), MOST_DECADE) - LEAST_DECADE
    return math.copysign(decades / (MOST_DECADE - LEAST_DECADE), value)


def place_of(seconds, value, end):
    x = LEFT + (WIDTH - LEFT - RIGHT) * seconds / end
    middle, half = (TOP + HEIGHT - BOTTOM) / 2, (HEIGHT - BOTTOM - TOP) / 2
    return f"{x:.1f},{middle - half * height_of(value):.1f}"


def csv_of(lines):
    head = ["seconds"] + [f'"{line.name}"' for line in lines]
    rows = [[f"{points[0][0]:g}"] + [f"{value:.10e}" for _, value in points]
            for points in zip(*(line.points for line in lines))]
    return "".join(",".join(row) + "\n" for row in [head, *rows])


def axis(end):
    for decade in [None, *range(LEAST_DECADE + 2, MOST_DECADE + 1, 2)]:
        for sign in (1, -1) if decade is not None else (1,):
            value = 0.0 if decade is None else sign * 10.0 ** decade
            start, stop = place_of(0, value, end), place_of(end, value, end)
            label = "0" if decade is None else f"{value:+.0e}"
            yield f'<polyline class="grid" points="{start} {stop}"/>'
            yield f'<text x="{LEFT - 8}" y="{float(start.split(",")[1]) + 4}" text-anchor="end">{label}</text>'
    for seconds in range(0, int(end) + 1, 10):
        x = place_of(seconds, 0, end).split(",")[0]
        yield f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{seconds} s</text>'


def svg_of(lines, title):
    end = lines[0].points[-1][0]
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
    yield ' font-family="sans-serif" font-size="12">'
    yield "<style>polyline{fill:none;stroke-width:1.5}.grid{stroke:#ccc;stroke-width:.7}</style>"
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    yield f'<text x="{LEFT}" y="{TOP - 20}" font-size="15">{escape(title)}</text>'
    yield from axis(end)
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(place_of(seconds, value, end) for seconds, value in line.points)
        yield f'<polyline stroke="{colour}" points="{points}"/>'
        yield f'<text x="{WIDTH - RIGHT + 12}" y="{TOP + 20 * number}" fill="{colour}">{escape(line.name)}</text>'
    yield "</svg>"


def draw(lines, path, title):
    """Writes path.csv and path.svg."""
    path.with_suffix(".csv").write_text(csv_of(lines))
    path.with_suffix(".svg").write_text("\n".join(svg_of(lines, title)) + "\n")
