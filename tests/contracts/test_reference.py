"""The reference is what the tables say today."""

from server.reference import DOCS, DOCUMENTS, PAGES, write_reference


def test_the_reference_is_fresh(tmp_path):
    """`make docs` would change nothing, and no page of a table that is gone is left over."""
    rendered = {path.name: path.read_text(encoding="utf-8") for path in write_reference(tmp_path)}
    kept = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "reference").iterdir()}

    assert kept == rendered, "run `make docs`"


def test_every_page_is_a_table(tmp_path):
    """Each page has a title, says that it is rendered, and shows rows of equal length as a reader sees them."""
    pages = [path for path in write_reference(tmp_path / "new" / "folder") if path.suffix == ".md"]
    for path in pages:
        lines = path.read_text(encoding="utf-8").splitlines()
        rows = [line.replace("\\|", "").count("|") for line in lines if line.startswith("|")]
        assert lines[0].startswith("# ")
        assert "make docs" in lines[2]
        assert "{{" not in "".join(lines)
        assert len(rows) > 2
        assert len(set(rows)) == 1
    assert len(pages) == len(PAGES)
    assert len(PAGES) + len(DOCUMENTS) == len(list((tmp_path / "new" / "folder").iterdir()))
