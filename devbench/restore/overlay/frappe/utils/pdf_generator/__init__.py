"""How the PDF of a page is drawn: `fetch` reads its files, `layout` its options, `render` draws it."""
