package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// compiler turns the syntax tree of one growth file into rules. Its readers take a node, give its value, and note what
// is wrong with it; a wrong value reads as its zero, so that everything else is still checked.
type compiler struct {
	name, source string // of the file

	problems Problems
	places   []place // of the problems
	anchors  map[string]ast.Node
	followed int // aliases

	inPlaybook string     // that is being read
	bookTexts  []bookText // of playbooks, in the order of the file
	bookRoutes []bookRoute
	ownBooks   bool // the playbooks are the file's own

	known known // names that the file defines, for references
}

// place is a position in the file, from 1; columns count characters.
type place struct{ line, column int }

// The parser and the readers recurse, and aliases multiply: both are bounded far above what people write.
const (
	maxDepth   = 40
	maxAliases = 1000
)

func (c *compiler) at(p place, format string, args ...any) {
	problem := Problem{Where: fmt.Sprintf("%s:%d:%d", c.name, p.line, p.column), What: fmt.Sprintf(format, args...)}
	if c.followed > maxAliases || slices.Contains(c.problems.List, problem) {
		return // the file is not read any further, or this was read before, through an alias
	}
	i, _ := slices.BinarySearchFunc(c.places, place{p.line, p.column + 1}, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	c.places = slices.Insert(c.places, i, p)
	c.problems.List = slices.Insert(c.problems.List, i, problem)
}

func (c *compiler) wrong(n ast.Node, format string, args ...any) { c.at(start(n), format, args...) }

// start is where a node begins. The tree gives a mapping the place of its first colon.
func start(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if n == nil {
		return place{1, 1}
	}
	position := n.GetToken().Position
	return place{position.Line, max(position.Column, 1)}
}

// parse returns the file's one document, nil when it is empty. Structure that the readers do not know is a problem.
func (c *compiler) parse() ast.Node {
	c.source = strings.TrimPrefix(c.source, "\uFEFF")
	tokens := lexer.Tokenize(c.source)
	if !c.flat(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		c.syntax(err)
		return nil
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			c.wrong(doc.Body, "a second document begins here: keep everything in one, without ---")
			return nil
		}
		root = doc.Body
	}
	c.anchors = map[string]ast.Node{}
	if root != nil {
		ast.Walk(structure{c}, root)
	}
	return root
}

func (c *compiler) syntax(err error) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		c.at(place{1, 1}, "is not YAML: %v", err)
		return
	}
	position, message := syntax.GetToken().Position, syntax.GetMessage()
	if hint := syntaxHints[message]; hint != "" {
		message += ": " + hint
	}
	c.at(place{position.Line, position.Column}, "is not YAML: %s", message)
}

// unclosedHint is for a brace that does not end: a # within it makes the rest of the line a comment.
const unclosedHint = `close the brace; text with # needs quotes, as in {slack: "#cs-alerts"}`

// syntaxHints are what people most often did when the parser complains like that.
var syntaxHints = map[string]string{
	"mapping value is not allowed in this context":     "put text with a colon and a blank in quotes",
	"found character '\t' that cannot start any token": "indent with blanks, not with tabs",
	"',' or '}' must be specified":                     unclosedHint,
	"could not find flow mapping end token '}'":        unclosedHint,
	"value is not allowed in this context":             "indent it as far as the lines around it",
}

// flat reports whether the nesting is one that people write.
func (c *compiler) flat(tokens token.Tokens) bool {
	depth, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, entries = t.Position.Line, 0
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.SequenceEntryType:
			entries++
		}
		if depth > maxDepth || entries > maxDepth {
			c.at(place{t.Position.Line, t.Position.Column}, "is nested more than %d deep", maxDepth)
			return false
		}
	}
	return true
}

// structure refuses YAML's rarer features, and finds the anchors.
type structure struct{ c *compiler }

// Visit implements ast.Visitor.
func (s structure) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.TagNode:
		s.c.wrong(n, "! begins a tag in YAML: put the whole text in quotes")
		return nil
	case *ast.MergeKeyNode:
		s.c.wrong(n, "merge keys (<<) are not supported: write the values out")
	case *ast.MappingKeyNode:
		s.c.wrong(n, "? begins a complex key in YAML: put the text in quotes")
		return nil
	case *ast.AnchorNode:
		s.c.anchors[n.Name.GetToken().Value] = n.Value
	case *ast.AliasNode:
		if name := n.Value.GetToken().Value; s.c.anchors[name] == nil {
			s.c.wrong(n, "there is no anchor &%s before this alias: put the text in quotes if * is part of it", name)
		}
		return nil
	}
	return s
}

// resolve follows anchors and aliases to a value; it gives nil for a null. Once aliases were followed too often, each of
// them reads as null.
func (c *compiler) resolve(n ast.Node) ast.Node {
	for {
		switch at := n.(type) {
		case *ast.AnchorNode:
			n = at.Value
		case *ast.AliasNode:
			if c.followed == maxAliases {
				c.wrong(n, "aliases (*) make this file too large")
			}
			if c.followed++; c.followed > maxAliases {
				return nil
			}
			n = c.anchors[at.Value.GetToken().Value]
		case *ast.NullNode:
			return nil
		default:
			return n
		}
	}
}

// field is one key that a mapping may have.
type field struct {
	key  string
	need need
	read func(ast.Node)
}

type need bool

const (
	must need = true
	may  need = false
)

// into returns a field's reader that keeps the value in dst.
func into[T any](dst *T, read func(ast.Node) T) func(ast.Node) {
	return func(n ast.Node) { *dst = read(n) }
}

// mapping reads n's keys as fields say. what names it in problems: "a route".
func (c *compiler) mapping(n ast.Node, what string, fields []field) {
	seen := map[string]bool{}
	if !c.entries(n, what, func(key string, at, value ast.Node) {
		seen[key] = true
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			c.unknown(at, "key "+quote(key)+" in "+what, key, keys(fields))
			return
		}
		fields[i].read(value)
	}) {
		return
	}
	for _, f := range fields {
		if f.need == must && !seen[f.key] {
			c.wrong(n, "%s needs %s", what, f.key)
		}
	}
}

func keys(fields []field) []string {
	out := make([]string, 0, len(fields))
	for _, f := range fields {
		out = append(out, f.key)
	}
	return out
}

// entries calls read for each key of a mapping, and reports whether n is one.
func (c *compiler) entries(n ast.Node, what string, read func(key string, at, value ast.Node)) bool {
	m, ok := c.resolve(n).(*ast.MappingNode)
	if !ok {
		c.wrong(n, "%s must be a mapping (key: value), not %s", what, c.kindOf(n))
		return false
	}
	lines := map[string]int{}
	for _, entry := range m.Values {
		key := entry.Key.GetToken().Value
		if line, twice := lines[key]; twice {
			c.wrong(entry.Key, "%s is here twice: first on line %d", quote(key), line)
			continue
		}
		lines[key] = start(entry.Key).line
		read(key, entry.Key, entry.Value)
	}
	return true
}

// list reads each element of a sequence.
func list[T any](c *compiler, n ast.Node, what string, read func(ast.Node) T) []T {
	s, ok := c.resolve(n).(*ast.SequenceNode)
	if !ok {
		c.wrong(n, "%s must be a list, not %s", what, c.kindOf(n))
		return nil
	}
	out := make([]T, 0, len(s.Values))
	for _, element := range s.Values {
		out = append(out, read(element))
	}
	return out
}

// kindOf names what a node is, for somebody who meant something else.
func (c *compiler) kindOf(n ast.Node) string {
	switch c.resolve(n).(type) {
	case nil:
		return "empty"
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.InfinityNode, *ast.NanNode:
		return "infinity"
	case *ast.BoolNode:
		return "true or false"
	}
	return "text"
}

// unknown says that a name is not one of those that could stand there.
func (c *compiler) unknown(n ast.Node, what, name string, names []string) {
	switch meant, ok := nearest(name, names, min(3, len(name)/2)); {
	case ok:
		c.wrong(n, "unknown %s; did you mean %s?", what, meant)
	case len(names) == 0:
		c.wrong(n, "unknown %s: there are none", what)
	default:
		c.wrong(n, "unknown %s: it can be %s", what, enumerate(names))
	}
}

// enumerate is "a, b or c".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// quote shows outside text in a problem, cut to what a line can hold.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
