"""codings, themes, documents -> reader tables: plain columns, documents and sites before mentions, attributed quotes.

The counting is DuckDB's, over the Parquet files; nothing but the results is held in memory.
"""

from __future__ import annotations

import json
import platform
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipeline.schemas import FACETS
from pipeline.store import Context, Inputs, database, file_hash, json_hash

if TYPE_CHECKING:
    import duckdb

MEASURED_ON = "coded interviews and podcasts, held out"
TOP = 3  # codes of each facet named in a theme's row
QUOTES = 3
TYPICAL = 12  # passages next to the middle of a theme that may lend it a quote where its exemplars have none
QUOTED = ("prose", "turn", "quote", "list_item")  # kinds of sentences that a quote of a theme is made of
SHORTEST, LONGEST = 60, 400  # code points of such a quote
BEGINS = re.compile(r"[\"'“‘(]*[A-Z£$€]")
ENDS = re.compile(r"[.!?…][\"'”’)]*$")
Z = 1.959964  # two-sided 95%
LIBRARIES = (
    "spacy",
    "scikit-learn",
    "pandas",
    "bertopic",
    "sentence-transformers",
    "torch",
    "trafilatura",
    "pyarrow",
    "duckdb",
)


def run(inputs: Inputs, context: Context) -> dict[str, Any]:
    """All reader tables of the corpus."""
    with database(context.out) as base:
        _views(base, inputs)
        _codes(base, context)
        _prepare(base)
        total = _one(base, "SELECT count(*) FROM kept")
        return {
            "theme_table": theme_table(base, total),
            "code_table": code_table(base, context, total),
            "theme_codes": theme_codes(base, context.settings.tabulate.min_uses),
            "document_table": base.sql(DOCUMENT_TABLE).to_arrow_table(),
            "role_shifts": _rows(base, ROLE_SHIFTS),
            "coders": coders(base, context),
            "runs": runs(inputs, context),
            "agreement": agreement(context),
            "review_log": inputs.rows("theme_decisions"),
        }


def agreement(context: Context) -> list[dict[str, Any]]:
    """Held-out agreement of the fitted coder with human coders, as its model says; codes of the codebook only."""
    from pipeline.models import fitted

    lines = (fitted(context.models, "extract") / "agreement.jsonl").read_text("utf-8").splitlines()
    known = {"all", *context.codebook.facets, *context.codebook.codes}
    rows = [json.loads(line) for line in lines]
    return [{"scope": MEASURED_ON, **row} for row in rows if row["code"] in known]


def _views(base: duckdb.DuckDBPyConnection, inputs: Inputs) -> None:
    """A view of every input table."""
    for name in inputs.names:
        files = ", ".join("'" + str(path).replace("'", "''") + "'" for path in inputs.paths(name))
        base.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")


def _codes(base: duckdb.DuckDBPyConnection, context: Context) -> None:
    base.execute("CREATE TABLE codes (place INT, facet TEXT, code TEXT, label TEXT, definition TEXT)")
    for place, code in enumerate(context.codebook.codes.values()):
        row = [place, code.facet, code.key, code.label, " ".join(code.definition.split())]
        base.execute("INSERT INTO codes VALUES (?, ?, ?, ?, ?)", row)


def _prepare(base: duckdb.DuckDBPyConnection) -> None:
    """Views that several tables share: kept documents with their site, codings with their passage and theme."""
    base.execute("""
        -- A page without an address is a site of its own: it shares a publisher with no other that we know of.
        CREATE TABLE kept AS
          SELECT d.document_id, d.path, coalesce(d.title, d.path) AS title, coalesce(p.site, d.path) AS site
          FROM documents d JOIN pages p USING (document_id) WHERE d.status = 'kept';
        CREATE TABLE passage_of AS
          SELECT passage_id, document_id, unnest(sentence_ids) AS sentence_id FROM passages;
        CREATE TABLE coded AS
          SELECT c.coding_id, c.document_id, c.sentence_id, c.facet, c.code, c.status, c.quote, c.score,
                 c.needs_review, c.start, s.text AS sentence, k.site, k.title, k.path, x.label, p.passage_id
          FROM codings c JOIN kept k USING (document_id) JOIN sentences s USING (sentence_id)
          LEFT JOIN codes x ON x.code = c.code
          LEFT JOIN passage_of p ON p.sentence_id = c.sentence_id;
        -- Every theme with its passages: those of its sub-themes and of the themes under it are its own.
        CREATE TABLE placed AS
          WITH RECURSIVE up AS (
            SELECT theme_id, theme_id AS under FROM themes
            UNION
            SELECT t.parent_id, up.under FROM up JOIN themes t ON t.theme_id = up.theme_id WHERE t.parent_id IS NOT NULL)
          SELECT DISTINCT up.theme_id, m.passage_id, m.document_id, m.similarity, k.site
          FROM theme_members m JOIN up ON up.under IN (m.theme_id, m.subtheme_id) JOIN kept k USING (document_id);
    """)


def _one(base: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = base.execute(query).fetchone()
    return row[0] if row else None


def _rows(base: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
    result = base.execute(query, values or [])
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def wilson(count: int, total: int) -> tuple[float, float]:
    """95% interval of a share by Wilson's score (J. Am. Stat. Assoc. 22, 1927); (0, 0) where there is nothing.

    >>> wilson(5, 10)
    (0.2366, 0.7634)
    """
    if not total:
        return 0.0, 0.0
    share, square = count / total, Z * Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z * (share * (1 - share) / total + square / (4 * total * total)) ** 0.5 / (1 + square / total)
    return round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)


def _share(count: int, total: int) -> dict[str, Any]:
    low, high = wilson(count, total)
    share = round(count / total, 4) if total else 0.0
    return {"n_documents": count, "n_documents_all": total, "share_documents": share,
            "share_documents_low": low, "share_documents_high": high}  # fmt: skip


def _quotes(found: list[dict[str, Any]]) -> dict[str, Any]:
    """quote_1 ... quote_3 and their sources, one a document as long as there are other documents."""
    seen: set[str] = set()
    first = [row for row in found if not (row["document_id"] in seen or seen.add(row["document_id"]))]  # type: ignore[func-returns-value]
    chosen = (first + [row for row in found if row not in first])[:QUOTES]
    chosen += [{"quote": None, "source": None}] * (QUOTES - len(chosen))
    return {
        f"quote_{number}{end}": row[column]
        for number, row in enumerate(chosen, 1)
        for end, column in (("", "quote"), ("_source", "source"))
    }


# ---------------------------------------------------------------------- codes
def code_table(base: duckdb.DuckDBPyConnection, context: Context, total: int) -> list[dict[str, Any]]:
    """One row a code, in the order of the codebook, codes never found included."""
    counts = _rows(base, """
        SELECT x.facet, x.code, x.label, x.definition, count(DISTINCT c.document_id) AS documents,
               count(DISTINCT c.site) AS n_sites, count(DISTINCT c.coding_id) AS n_codings,
               round(avg(c.score), 4) AS mean_score,
               count(DISTINCT c.coding_id) FILTER (c.needs_review) AS n_needs_review
        FROM codes x LEFT JOIN coded c USING (code) GROUP BY ALL ORDER BY min(x.place)""")  # fmt: skip
    statuses = _joined(base, """
        SELECT code, status || ' ' || count(DISTINCT coding_id) AS words
        FROM coded GROUP BY code, status ORDER BY code, count(DISTINCT coding_id) DESC, status""")  # fmt: skip
    quotes = _grouped(base, f"""
        SELECT code, document_id, sentence AS quote, {SOURCE} AS source FROM coded
        QUALIFY row_number() OVER (PARTITION BY code, document_id ORDER BY {BEST_CODING}) <= 3
        ORDER BY code, {BEST_CODING}""")  # fmt: skip
    return [
        {key: row[key] for key in ("facet", "code", "label", "definition", "n_sites", "n_codings", "n_needs_review")}
        | {"is_rare": row["n_codings"] < context.settings.tabulate.min_uses}
        | {"mean_score": row["mean_score"], "statuses": ", ".join(statuses.get(row["code"], []))}
        | _share(row["documents"], total)
        | _quotes(quotes.get(row["code"], []))
        for row in counts
    ]


SOURCE = "title || ' (' || path || ')'"
# The surest coding first; sentences that can stand alone as a quote before long or short ones.
BEST_CODING = "(length(sentence) NOT BETWEEN 40 AND 300), score DESC, document_id, start"


def _joined(base: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[str]]:
    """{first column: [second column, ...]}"""
    found: dict[str, list[str]] = {}
    for key, words in base.execute(query).fetchall():
        found.setdefault(key, []).append(words)
    return found


def _grouped(
    base: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """{first column: [row, ...]}"""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(base, query, values):
        found.setdefault(next(iter(row.values())), []).append(row)
    return found


# ---------------------------------------------------------------------- themes
def theme_table(base: duckdb.DuckDBPyConnection, total: int) -> list[dict[str, Any]]:
    """One row a theme of any level, sub-themes under their theme."""
    themes = _rows(base, """
        SELECT t.theme_id, t.label AS theme, t.parent_id, t.level, t.description, t.stability, t.grade,
               count(DISTINCT p.document_id) AS documents, count(DISTINCT p.site) AS n_sites,
               count(DISTINCT p.passage_id) AS n_passages,
               round(count(DISTINCT p.passage_id) / greatest(1, (SELECT count(*) FROM theme_members)), 4) AS share_passages
        FROM themes t LEFT JOIN placed p USING (theme_id) GROUP BY ALL ORDER BY t.theme_id""")  # fmt: skip
    top = _top_codes(base)
    quotes = theme_quotes(base)
    return [
        {key: value for key, value in row.items() if key != "documents"}
        | _share(row["documents"], total)
        | {f"top_{name}": "; ".join(top.get((row["theme_id"], facet), [])) for name, facet in PLURALS.items()}
        | _quotes(quotes.get(row["theme_id"], []))
        for row in themes
    ]


def theme_quotes(base: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """{theme: quotes}, those that can stand alone first: from its exemplars, else from its most typical passages."""
    found = _grouped(base, """
        WITH shown AS (
          SELECT p.theme_id, p.passage_id, list_position(t.exemplar_ids, p.passage_id) AS place, p.similarity
          FROM placed p JOIN themes t USING (theme_id)
          QUALIFY place IS NOT NULL
            OR row_number() OVER (PARTITION BY p.theme_id ORDER BY p.similarity DESC, p.passage_id) <= $1),
        parts AS (
          SELECT o.passage_id, list({'start': s.start, 'end': s."end", 'kind': s.kind} ORDER BY s.start) AS sentences
          FROM passage_of o SEMI JOIN shown USING (passage_id) JOIN sentences s USING (sentence_id) GROUP BY ALL)
        SELECT theme_id, s.document_id, p.text, p.start, k.title || ' (' || k.path || ')' AS source, sentences
        FROM shown JOIN passages p USING (passage_id) JOIN placed s USING (theme_id, passage_id)
        JOIN kept k ON k.document_id = s.document_id JOIN parts USING (passage_id)
        ORDER BY theme_id, place NULLS LAST, shown.similarity DESC, passage_id""", [TYPICAL])  # fmt: skip
    for rows in found.values():
        for row in rows:
            row["quote"] = standing(row["text"], row["start"], row["sentences"])
        rows.sort(key=lambda row: row["quote"] is None)
        for row in rows:
            row["quote"] = row["quote"] or row["text"]
    return found


def standing(text: str, start: int, sentences: list[dict[str, Any]]) -> str | None:
    """The longest run of whole sentences of a passage that can stand alone as a quote; None where there is none.

    It has no heading, caption or table in it (the sentences of a passage leave headings out), begins as a sentence begins and ends as one ends. `start` is the offset
    of the passage's text, `sentences` have offsets in the same document.
    """
    runs: list[tuple[int, int]] = []
    is_open = False
    for row in sentences:
        first, last = row["start"] - start, row["end"] - start
        words = text[first:last]
        if row["kind"] not in QUOTED or not ENDS.search(words):
            is_open = False
        elif is_open and last - runs[-1][0] <= LONGEST and not text[runs[-1][1] : first].strip():
            runs[-1] = runs[-1][0], last
        else:
            is_open = BEGINS.match(words) is not None
            runs += [(first, last)] * is_open
    first, last = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    return text[first:last] if last - first >= SHORTEST else None


PLURALS = {f"{facet}s" if facet != "participation" else facet: facet for facet in FACETS}


def _top_codes(base: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """The codes most documents of a theme carry, in words: `Trust (4)`."""
    found: dict[tuple[str, str], list[str]] = {}
    for theme, facet, words in base.execute(f"""
        SELECT p.theme_id, c.facet, coalesce(c.label, c.code) || ' (' || count(DISTINCT c.document_id) || ')'
        FROM placed p JOIN coded c USING (passage_id) GROUP BY p.theme_id, c.facet, c.code, c.label
        QUALIFY row_number() OVER (PARTITION BY p.theme_id, c.facet
          ORDER BY count(DISTINCT c.document_id) DESC, count(DISTINCT c.coding_id) DESC, c.code) <= {TOP}
        ORDER BY p.theme_id, c.facet, count(DISTINCT c.document_id) DESC, count(DISTINCT c.coding_id) DESC, c.code
    """).fetchall():
        found.setdefault((theme, facet), []).append(words)
    return found


def theme_codes(base: duckdb.DuckDBPyConnection, min_uses: int) -> list[dict[str, Any]]:
    """Codes by theme with lift, most passages first."""
    return _rows(base, f"""
        WITH sizes AS (
          SELECT theme_id, count(DISTINCT passage_id) AS passages, count(DISTINCT document_id) AS documents
          FROM placed GROUP BY theme_id),
        everywhere AS (
          SELECT code, count(DISTINCT passage_id) / (SELECT count(*) FROM theme_members) AS share
          FROM coded SEMI JOIN theme_members USING (passage_id) GROUP BY code),
        counts AS (
          SELECT p.theme_id, c.facet, c.code, count(DISTINCT c.document_id) AS n_documents,
                 count(DISTINCT c.site) AS n_sites, count(DISTINCT c.passage_id) AS n_passages,
                 count(DISTINCT c.coding_id) AS n_codings
          FROM placed p JOIN coded c USING (passage_id) GROUP BY ALL)
        SELECT c.theme_id, t.label AS theme, t.level, c.facet, c.code, coalesce(x.label, c.code) AS label,
               c.n_documents, s.documents AS n_documents_theme,
               round(c.n_documents / s.documents, 4) AS share_documents, c.n_sites, c.n_passages, c.n_codings,
               round(c.n_passages / s.passages, 4) AS share_passages,
               round(c.n_passages / s.passages / e.share, 3) AS lift,
               (SELECT count(*) FROM codings a WHERE a.code = c.code) < {int(min_uses)} AS is_rare
        FROM counts c JOIN themes t USING (theme_id) JOIN sizes s USING (theme_id) JOIN everywhere e USING (code)
        LEFT JOIN codes x USING (code) ORDER BY c.theme_id, c.n_passages DESC, c.code""")  # fmt: skip


# ---------------------------------------------------------------------- documents, shifts, coders, runs
DOCUMENT_TABLE = """
    WITH codes_in AS (
      SELECT document_id, count(*) AS n, count(*) FILTER (facet = 'value') AS value,
             count(*) FILTER (facet = 'barrier') AS barrier, count(*) FILTER (facet = 'role') AS role,
             count(*) FILTER (facet = 'enabler') AS enabler, count(*) FILTER (facet = 'participation') AS participation
      FROM codings GROUP BY document_id),
    main AS (
      SELECT document_id, arg_min(label, (-n, theme_id)) AS theme
      FROM (SELECT m.document_id, m.theme_id, t.label, count(*) AS n
            FROM theme_members m JOIN themes t USING (theme_id) GROUP BY ALL) GROUP BY document_id)
    SELECT d.document_id, d.path, d.title, p.site, p.url, p.published, p.language, d.status, d.reason, d.duplicate_of,
           d.is_paywalled, d.n_words,
           len(string_split_regex(trim(p.text), '\\s+')) * CAST(length(trim(p.text)) > 0 AS INT) AS n_words_page,
           coalesce(r.n, 0) AS n_removals, coalesce(s.n, 0) AS n_sentences, coalesce(g.n, 0) AS n_passages,
           coalesce(c.n, 0) AS n_codings, coalesce(c.value, 0) AS n_value, coalesce(c.barrier, 0) AS n_barrier,
           coalesce(c.role, 0) AS n_role, coalesce(c.enabler, 0) AS n_enabler,
           coalesce(c.participation, 0) AS n_participation, main.theme AS main_theme
    FROM documents d JOIN pages p USING (document_id)
    LEFT JOIN (SELECT document_id, count(*) AS n FROM removals GROUP BY 1) r USING (document_id)
    LEFT JOIN (SELECT document_id, count(*) AS n FROM sentences GROUP BY 1) s USING (document_id)
    LEFT JOIN (SELECT document_id, count(*) AS n FROM passages GROUP BY 1) g USING (document_id)
    LEFT JOIN codes_in c USING (document_id) LEFT JOIN main USING (document_id)
    ORDER BY d.path, d.document_id"""

ROLE_SHIFTS = """
    SELECT c.coding_id, c.document_id, k.path, c.holder, c.shift_from, f.label AS shift_from_label, c.shift_to,
           t.label AS shift_to_label, c.status, c.quote, s.text AS sentence
    FROM codings c JOIN kept k USING (document_id) JOIN sentences s USING (sentence_id)
    LEFT JOIN codes f ON f.code = c.shift_from LEFT JOIN codes t ON t.code = c.shift_to
    WHERE c.shift_from IS NOT NULL OR c.shift_to IS NOT NULL ORDER BY k.path, c.start, c.coding_id"""


def coders(base: duckdb.DuckDBPyConnection, context: Context) -> list[dict[str, Any]]:
    """Who gave the codings: the machine, and every human coder."""
    counts = _rows(base, "SELECT coder, evidence, count(*) AS n FROM codings GROUP BY ALL ORDER BY coder, evidence")
    names = sorted({"machine", *(row["coder"] for row in counts)})
    return [
        {
            "coder": name,
            "kind": "machine" if name == "machine" else "human",
            "description": "Cues of the codebook and the fitted model in models/extract"
            if name == "machine"
            else "A person",
            "n_codings": sum(row["n"] for row in counts if row["coder"] == name),
        }
        for name in names
    ]


def runs(inputs: Inputs, context: Context) -> list[dict[str, Any]]:
    """What the tables were made with."""
    from pipeline.models import fingerprint

    settings = context.settings
    lock = context.root / "requirements.lock"
    items = {
        "pipeline": _version(context),
        "python": platform.python_version(),
        **{f"library {name}": version(name) for name in LIBRARIES},
        "requirements.lock sha256": file_hash(lock) if lock.exists() else "",
        "codebook sha256": file_hash(context.codebook_path),
        "settings sha256": json_hash(settings.model_dump()),
        "model encoder": f"{settings.embed.encoder} {fingerprint(context.models, settings, 'encoder')}",
        "model spacy": f"{settings.extract.spacy_model} {fingerprint(context.models, settings, 'spacy')}",
        "pages sha256": _pages_hash(inputs),
    }
    for section, values in settings.model_dump().items():
        items |= {f"setting {section}.{key}": str(value) for key, value in values.items()}
    return [{"item": item, "value": value} for item, value in items.items()]


def _version(context: Context) -> str:
    """The program's version, where it stands: in pipeline/__init__.py."""
    text = (context.root / "pipeline" / "__init__.py").read_text("utf-8")
    return text.rsplit('__version__ = "', 1)[1].split('"')[0]


def _pages_hash(inputs: Inputs) -> str:
    pages = inputs.table("pages", ["path", "sha256"]).to_pylist()
    return json_hash(sorted((page["path"], page["sha256"]) for page in pages))
