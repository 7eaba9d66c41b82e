package slacksim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// surface is where blocks are shown.
type surface string

const (
	surfaceMessage surface = "messages"
	surfaceModal   surface = "modals"
	surfaceHome    surface = "the Home tab"
)

// problem is one thing that Slack refuses about blocks or a view.
type problem struct {
	message  string
	pointer  string
	expected object // the constraint that failed, as blocks.validate tells it
}

// String returns the problem as Slack writes it in errors.
func (p problem) String() string { return p.message + " [json-pointer:" + p.pointer + "]" }

func (p problem) object() object {
	return object{"code": "failed_constraint", "message": p.message, "pointer": p.pointer, "constraint": p.expected}
}

// schema is what every kind of block and element must look like.
type schema struct {
	blocks   map[string]blockShape
	elements map[string]elementKind
}

func newSchema() *schema { return &schema{blocks: blockShapes(), elements: elementKinds()} }

// checker collects the problems of one message or view.
type checker struct {
	schema     *schema
	surface    surface
	isImage    func(file string) bool // whether the workspace has such an image
	problems   []problem
	blockIDs   map[string]bool
	actionIDs  map[string]bool // of the block at hand
	focused    bool
	inputAt    string // where the first input block is
	tableText  int    // characters in all cells
	dataText   int
	depth      int // of containers and layouts
	childTypes []string
}

// rule checks one JSON value.
type rule func(c *checker, at string, v any)

func (c *checker) refuse(at, constraint string, expected any, format string, args ...any) {
	c.problems = append(c.problems, problem{
		message: fmt.Sprintf(format, args...), pointer: at, expected: object{"type": constraint, "expected": expected},
	})
}

// validateBlocks returns what Slack refuses about the blocks of a message.
func (s *Server) validateBlocks(blocks []any, at string) []problem {
	c := s.checker(surfaceMessage)
	c.blocks(at, blocks)
	return c.problems
}

func (s *Server) checker(on surface) *checker {
	return &checker{schema: s.schema, surface: on, isImage: s.ws.isImage, blockIDs: map[string]bool{}}
}

func (c *checker) blocks(at string, blocks []any) {
	most := 50
	if c.surface != surfaceMessage {
		most = 100
	}
	items(0, most, anyBlock)(c, at, blocks)
	if c.tableText > maxTableText {
		c.refuse(at, "max_length", maxTableText, "tables must be less than %d characters together", maxTableText+1)
	}
	if c.dataText > maxDataText {
		c.refuse(at, "max_length", maxDataText, "data tables must be less than %d characters together", maxDataText+1)
	}
}

// shape is what a JSON object must look like.
type shape struct {
	fields   map[string]rule
	required []string
	one      [][]string // of each list, at least one field is required
	only     [][]string // of each list, at most one field is allowed
	also     func(c *checker, at string, o object)
}

func (s shape) check(c *checker, at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.refuse(at, "type", "object", "must provide an object")
		return
	}
	for _, name := range s.required {
		if o[name] == nil {
			c.refuse(at, "required", name, "missing required field: %s", name)
		}
	}
	for _, names := range s.one {
		if !slices.ContainsFunc(names, func(name string) bool { return o[name] != nil }) {
			c.refuse(at, "required", names, "missing required field: %s", strings.Join(names, " or "))
		}
	}
	for _, names := range s.only {
		if n := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return o[name] == nil }); len(n) > 1 {
			c.refuse(at, "exclusive", names, "only one of %s is allowed", strings.Join(names, " and "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		check, known := s.fields[name]
		switch {
		case name == "type" && !known:
		case !known:
			c.refuse(at, "additional", name, "invalid additional property: %s", name)
		case o[name] != nil:
			check(c, at+"/"+name, o[name])
		}
	}
	if s.also != nil {
		s.also(c, at, o)
	}
}

// typeOf returns an object and its type; ok is false when it was refused for having none.
func (c *checker) typeOf(at string, v any) (o object, kind string, ok bool) {
	if o, ok = v.(object); !ok {
		c.refuse(at, "type", "object", "must provide an object")
		return nil, "", false
	}
	if kind, ok = o["type"].(string); !ok {
		c.refuse(at, "required", "type", "missing required field: type")
	}
	return o, kind, ok
}

// typed picks the shape by the object's type.
func typed(kinds map[string]shape) rule {
	return func(c *checker, at string, v any) {
		o, kind, ok := c.typeOf(at, v)
		if !ok {
			return
		}
		s, known := kinds[kind]
		if !known {
			c.refuse(at+"/type", "enum", slices.Sorted(maps.Keys(kinds)), "unsupported type: %s", kind)
			return
		}
		s.check(c, at, o)
	}
}

func text(least, most int) rule {
	return func(c *checker, at string, v any) {
		t, ok := v.(string)
		n := utf8.RuneCountInString(t)
		switch {
		case !ok:
			c.refuse(at, "type", "string", "must provide a string")
		case n < least:
			c.refuse(at, "min_length", least, "must be more than %d characters", least-1)
		case n > most:
			c.refuse(at, "max_length", most, "must be less than %d characters", most+1)
		}
	}
}

func enum(values ...string) rule {
	return func(c *checker, at string, v any) {
		if !slices.Contains(values, str(v)) {
			c.refuse(at, "enum", values, "must be a valid enum value")
		}
	}
}

func flag(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.refuse(at, "type", "boolean", "must provide a boolean")
	}
}

func number(c *checker, at string, v any) {
	if _, ok := v.(json.Number); !ok {
		c.refuse(at, "type", "number", "must provide a number")
	}
}

func integer(least, most int64) rule {
	return func(c *checker, at string, v any) {
		raw, _ := v.(json.Number)
		n, err := raw.Int64()
		switch {
		case err != nil:
			c.refuse(at, "type", "integer", "must provide an integer")
		case n < least:
			c.refuse(at, "minimum", least, "must be greater than or equal to %d", least)
		case n > most:
			c.refuse(at, "maximum", most, "must be less than or equal to %d", most)
		}
	}
}

func pattern(expression, message string) rule {
	re := regexp.MustCompile(expression)
	return func(c *checker, at string, v any) {
		if !re.MatchString(str(v)) {
			c.refuse(at, "pattern", expression, "%s", message)
		}
	}
}

func date(c *checker, at string, v any) {
	if _, err := time.Parse("2006-01-02", str(v)); err != nil {
		c.refuse(at, "format", "date", "must be a valid date in the format YYYY-MM-DD")
	}
}

func link(most int) rule {
	return func(c *checker, at string, v any) {
		text(1, most)(c, at, v)
		if u, err := url.Parse(str(v)); err != nil || u.Scheme == "" || strings.EqualFold(u.Scheme, "javascript") || strings.EqualFold(u.Scheme, "data") {
			c.refuse(at, "format", "url", "must be a valid URL")
		}
	}
}

func webLink(c *checker, at string, v any) {
	text(1, 3000)(c, at, v)
	if u, err := url.Parse(str(v)); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		c.refuse(at, "format", "url", "must be a valid URL")
	}
}

func items(least, most int, each rule) rule {
	return func(c *checker, at string, v any) {
		l, ok := v.([]any)
		switch {
		case !ok:
			c.refuse(at, "type", "array", "must provide an array")
			return
		case len(l) < least:
			c.refuse(at, "min_items", least, "no fewer than %d items allowed", least)
		case len(l) > most:
			c.refuse(at, "max_items", most, "no more than %d items allowed", most)
			return
		}
		for i, item := range l {
			each(c, at+"/"+strconv.Itoa(i), item)
		}
	}
}

// nullable also accepts null.
func nullable(each rule) rule {
	return func(c *checker, at string, v any) {
		if v != nil {
			each(c, at, v)
		}
	}
}

func strings255(least, most int) rule { return items(least, most, text(1, 255)) }

// words is a text object: plain_text, mrkdwn or either.
func words(most int, kinds ...string) rule {
	shapes := map[string]shape{}
	for _, kind := range kinds {
		fields := map[string]rule{"text": text(1, most)}
		if kind == "plain_text" {
			fields["emoji"] = flag
		} else {
			fields["verbatim"] = flag
		}
		shapes[kind] = shape{fields: fields, required: []string{"text"}}
	}
	return typed(shapes)
}

func plain(most int) rule { return words(most, "plain_text") }

func either(most int) rule { return words(most, "plain_text", "mrkdwn") }
