"""Replacing single functions and classes of a Python file by ours, by their place in the syntax tree."""

import ast
from dataclasses import dataclass

from devbench.restore.errors import RestoreError

#: written behind `class X:` in a graft, it says that only the members named there are replaced
MEMBERS_MARK = "# graft: members"

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass
class _Piece:
	"""A named top-level definition and the lines it occupies (first and last, from 1)."""

	name: str
	first: int
	last: int
	node: ast.stmt


def graft(target: str, addition: str, label: str = "graft") -> str:
	"""Return `target` with the top-level definitions of `addition` put in.

	A function, class or assignment of the same name is replaced where it stands; a new one is appended.
	Import lines of `addition` that the target does not have go behind the target's first block of
	imports. A class whose `class` line ends in `# graft: members` only replaces (or adds) its members.

	Raises RestoreError if either text does not parse.
	"""
	target_tree = _parse(target, label)
	addition_tree = _parse(addition, label)
	lines = target.splitlines(keepends=True)
	if lines and not lines[-1].endswith("\n"):
		lines[-1] += "\n"
	source = addition.splitlines(keepends=True)
	known = {piece.name: piece for piece in _pieces(target_tree.body)}

	changes: list[tuple[int, int, str]] = []
	tail: list[str] = []
	for piece in _pieces(addition_tree.body):
		text = _text(source, piece)
		old = known.get(piece.name)
		if old is None:
			tail.append(text)
		elif _members_only(source, piece):
			changes += _member_changes(source, piece, lines, old, label)
		else:
			changes.append((old.first, old.last, text))
	for first, last, text in sorted(changes, reverse=True):
		lines[first - 1 : last] = [text]

	imports = _new_imports(source, addition_tree, target_tree, target)
	if imports:
		# counted on the original lines: no definition stands before the first block of imports
		place = _import_place(target_tree)
		lines[place:place] = ["".join(imports)]
	result = "".join(lines)
	if tail:
		result = result.rstrip("\n") + "\n\n\n" + "\n\n\n".join(text.strip("\n") for text in tail) + "\n"
	_parse(result, label)
	return result


def _parse(text: str, label: str) -> ast.Module:
	try:
		return ast.parse(text)
	except SyntaxError as error:
		raise RestoreError(f"{label}: line {error.lineno} is not valid Python ({error.msg}).") from error


def _pieces(body: list[ast.stmt]) -> list[_Piece]:
	"""Return the named definitions among statements; the later of two equal names wins."""
	found: dict[str, _Piece] = {}
	for node in body:
		if isinstance(node, _DEFINITIONS):
			name, first = node.name, min([node.lineno, *(d.lineno for d in node.decorator_list)])
		elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
			name, first = node.targets[0].id, node.lineno
		elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
			name, first = node.target.id, node.lineno
		else:
			continue
		found[name] = _Piece(name, first, node.end_lineno or node.lineno, node)
	return list(found.values())


def _text(source: list[str], piece: _Piece) -> str:
	text = "".join(source[piece.first - 1 : piece.last])
	return text if text.endswith("\n") else text + "\n"


def _members_only(source: list[str], piece: _Piece) -> bool:
	return isinstance(piece.node, ast.ClassDef) and MEMBERS_MARK in source[piece.node.lineno - 1]


def _member_changes(source, piece, lines, old, label) -> list[tuple[int, int, str]]:
	if not isinstance(old.node, ast.ClassDef):
		raise RestoreError(f"{label}: {old.name} is not a class in the target.")
	known = {member.name: member for member in _pieces(old.node.body)}
	changes, tail = [], []
	for member in _pieces(piece.node.body):
		text = _text(source, member)
		place = known.get(member.name)
		if place:
			changes.append((place.first, place.last, text))
		else:
			tail.append("\n" + text)
	if tail:
		# an empty range behind the class's last line
		changes.append((old.last + 1, old.last, "".join(tail)))
	return changes


def _new_imports(source, addition_tree, target_tree, target) -> list[str]:
	present = {ast.dump(node) for node in target_tree.body if isinstance(node, _IMPORTS)}
	result = []
	for node in addition_tree.body:
		if not isinstance(node, _IMPORTS) or ast.dump(node) in present:
			continue
		if isinstance(node, ast.ImportFrom) and node.module == "__future__":
			# it would have to be the target's first line, and would change what its annotations are
			continue
		result.append("".join(source[node.lineno - 1 : node.end_lineno]))
	return [text if text.endswith("\n") else text + "\n" for text in result]


def _import_place(tree: ast.Module) -> int:
	"""Return how many lines stand before the place for new imports: behind the leading imports."""
	place = 0
	for index, node in enumerate(tree.body):
		docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
		if isinstance(node, _IMPORTS) or docstring:
			place = node.end_lineno or place
		elif isinstance(node, _DEFINITIONS):
			break
	return place
