package alerts

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"journeybot/journey"
)

// maxText is the longest rendering in bytes; what is longer is cut.
const maxText = 4000

// Text is a compiled text/template of a playbook, over the account and the alert, such as "Call {{.Account.Champion.Name}}".
// It is safe for concurrent use.
//
// A template may name the fields of TextData, call money, date, ago, plural, first, kpi, sparkline, join, eq, ne, and, or, not, and branch
// with if.
// Loops and definitions are refused, so that every rendering ends.
type Text struct {
	source   string
	template *template.Template
	uses     []use // of the alert's fields
	figures  bool  // it asks for KPIs
}

// CompileText parses a template and checks the name of every field in it. Its error is a *SourceError.
func CompileText(source string) (*Text, error) {
	if n := utf8.RuneCountInString(source); n > maxSource {
		return nil, &SourceError{Line: 1, Column: 1, Message: fmt.Sprintf("the template has %d characters, more than %d", n, maxSource)}
	}
	t, err := template.New("text").Funcs(template.FuncMap(textFuncs(View{}, &Rules{}))).Parse(source)
	if err != nil {
		return nil, templateError(err)
	}
	c := textChecker{source: source, asked: map[string]int{}}
	if len(t.Templates()) > 1 {
		return nil, &SourceError{Line: 1, Column: 1, Message: "define and block are not supported"}
	}
	if err := c.list(t.Root); err != nil {
		return nil, err
	}
	return &Text{source: source, template: t, uses: c.uses, figures: c.figures}, nil
}

// String returns the template as it was written.
func (t *Text) String() string { return t.source }

// Render fills the template in for one alert, as plain text of at most 4,000 bytes. What the account does not tell reads
// as a plain word ("the champion", "unknown"). r gives the currency, the zone and the milestones' titles. A nil Text is "".
func (t *Text) Render(v View, r *Rules) string {
	if t == nil {
		return ""
	}
	if r == nil {
		r = &Rules{}
	}
	return t.run(textFuncs(v, r), v, r)
}

func (t *Text) run(funcs map[string]any, v View, r *Rules) string {
	run, err := t.template.Clone()
	if err != nil {
		return t.source
	}
	var out limited
	err = run.Funcs(template.FuncMap(funcs)).Execute(&out, textData(v, r))
	if err != nil && !errors.Is(err, errFull) {
		return t.source
	}
	return strings.ToValidUTF8(out.String(), "")
}

var errFull = errors.New("the text is long enough")

// limited keeps the first maxText bytes and stops the template after them.
type limited struct{ strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if room := maxText - l.Len(); len(p) > room {
		_, _ = l.Builder.Write(p[:room])
		return room, errFull
	}
	return l.Builder.Write(p)
}

// templateError takes the line out of "template: text:3: message", all that the package tells.
func templateError(err error) error {
	message := strings.TrimPrefix(err.Error(), "template: text:")
	place, rest, ok := strings.Cut(message, ": ")
	line, convErr := strconv.Atoi(strings.Split(place, ":")[0])
	if !ok || convErr != nil {
		return &SourceError{Line: 1, Column: 1, Message: err.Error()}
	}
	if strings.HasSuffix(rest, "not defined") {
		rest += ": there are " + strings.Join(slices.Sorted(maps.Keys(textFuncTypes)), ", ")
	}
	return &SourceError{Line: line, Column: 1, Message: rest}
}

// textChecker finds the type of every pipeline before it ever runs, and makes what it prints readable.
type textChecker struct {
	source  string
	asked   map[string]int // fields that the branches around ask for, by how many do
	uses    []use
	figures bool
}

func (c *textChecker) errorf(n parse.Node, format string, args ...any) error {
	return c.errorAt(int(n.Position()), format, args...)
}

func (c *textChecker) errorAt(offset int, format string, args ...any) error {
	before := c.source[:max(0, min(offset, len(c.source)))]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:]) + 1
	return &SourceError{Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

func (c *textChecker) list(l *parse.ListNode) error {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if err := c.node(n); err != nil {
			return err
		}
	}
	return nil
}

func (c *textChecker) node(n parse.Node) error {
	switch n := n.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ActionNode:
		if _, err := c.pipe(n.Pipe); err != nil {
			return err
		}
		c.show(n.Pipe)
		return nil
	case *parse.IfNode:
		return c.branch(n)
	}
	return c.errorf(n, "only fields, functions and if are supported")
}

// show appends the function that prints a value: nobody has to write what an unknown champion is called.
func (c *textChecker) show(p *parse.PipeNode) {
	word := "unknown"
	if first := p.Cmds[0].Args; len(p.Cmds) == 1 && len(first) == 1 {
		if w, ok := textWords[strings.TrimPrefix(first[0].String(), ".")]; ok {
			word = w
		}
	}
	p.Cmds = append(p.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: p.Pos, Args: []parse.Node{
		parse.NewIdentifier("show").SetPos(p.Pos), &parse.StringNode{NodeType: parse.NodeString, Pos: p.Pos, Quoted: strconv.Quote(word), Text: word},
	}})
}

func (c *textChecker) pipe(p *parse.PipeNode) (reflect.Type, error) {
	if len(p.Decl) > 0 {
		return nil, c.errorf(p, "variables are not supported")
	}
	var piped reflect.Type
	for _, cmd := range p.Cmds {
		var err error
		if piped, err = c.command(cmd, piped); err != nil {
			return nil, err
		}
	}
	return piped, nil
}

func (c *textChecker) command(cmd *parse.CommandNode, piped reflect.Type) (reflect.Type, error) {
	name, isFunc := cmd.Args[0].(*parse.IdentifierNode)
	if !isFunc {
		if len(cmd.Args) > 1 || piped != nil {
			return nil, c.errorf(cmd, "%s is not a function", cmd.Args[0])
		}
		return c.arg(cmd.Args[0])
	}
	fn, ok := textFuncTypes[name.Ident]
	if !ok {
		return nil, c.errorf(name, "function %s is not supported", name.Ident)
	}
	c.figures = c.figures || figures[name.Ident]
	args := make([]reflect.Type, 0, len(cmd.Args))
	for _, n := range cmd.Args[1:] {
		t, err := c.arg(n)
		if err != nil {
			return nil, err
		}
		args = append(args, t)
	}
	if piped != nil {
		args = append(args, piped)
	}
	result, problem := fn(args)
	if problem != "" {
		return nil, c.errorf(name, "%s %s", name.Ident, problem)
	}
	return result, nil
}

func (c *textChecker) arg(n parse.Node) (reflect.Type, error) {
	switch n := n.(type) {
	case *parse.StringNode:
		return reflect.TypeFor[string](), nil
	case *parse.BoolNode:
		return reflect.TypeFor[bool](), nil
	case *parse.PipeNode:
		return c.pipe(n)
	case *parse.FieldNode:
		return c.field(n)
	case *parse.NumberNode:
		if n.IsInt {
			return reflect.TypeFor[int](), nil
		}
	}
	return nil, c.errorf(n, "%s is not supported here", n)
}

func (c *textChecker) field(n *parse.FieldNode) (reflect.Type, error) {
	typ, path, offset := reflect.TypeFor[TextData](), "", int(n.Position())
	if len(n.Ident) > 1 {
		offset -= len("." + n.Ident[0]) // the parser's position of a chain is its second field
	}
	for _, name := range n.Ident {
		if typ.Kind() != reflect.Struct {
			return nil, c.errorAt(offset, "%s has no fields", path)
		}
		f, ok := typ.FieldByName(name)
		if !ok || !f.IsExported() {
			return nil, c.errorAt(offset, "unknown field %s.%s%s", path, name, journey.DidYouMean(name, fieldNames(typ)))
		}
		typ, path, offset = f.Type, path+"."+name, offset+len("."+name)
	}
	if typ.Kind() == reflect.Struct {
		return nil, c.errorf(n, "%s has parts: name one, such as %s.%s", path, path, typ.Field(0).Name)
	}
	c.use(n)
	return typ, nil
}

func fieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Name
	}
	return names
}
