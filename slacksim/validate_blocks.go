package slacksim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxTableText = 10_000
	maxDataText  = 20_000
	maxNesting   = 2 // of containers and layouts
)

// blockShape is a kind of block: where it may be, and what it must look like.
type blockShape struct {
	on    []surface // nil means everywhere
	shape shape
}

// anyBlock checks one block.
func anyBlock(c *checker, at string, v any) {
	o, kind, ok := c.typeOf(at, v)
	if !ok {
		return
	}
	b, known := c.schema.blocks[kind]
	allowed := len(c.childTypes) == 0 || slices.Contains(c.childTypes, kind)
	if !known || !allowed || b.on != nil && !slices.Contains(b.on, c.surface) {
		c.refuse(at+"/type", "enum", "a block type of "+string(c.surface), "unsupported type: %s", kind)
		return
	}
	if id, ok := o["block_id"].(string); ok && id != "" {
		if c.blockIDs[id] {
			c.refuse(at+"/block_id", "unique", id, "duplicate block_id: %s", id)
		}
		c.blockIDs[id] = true
	}
	outer := c.actionIDs
	c.actionIDs = map[string]bool{}
	b.shape.check(c, at, o)
	c.actionIDs = outer
}

// blockFields adds what every block has.
func blockFields(fields map[string]rule) map[string]rule {
	fields["block_id"] = text(0, 255)
	return fields
}

func blockShapes() map[string]blockShape {
	messages, notModals := []surface{surfaceMessage}, []surface{surfaceMessage, surfaceHome}
	return map[string]blockShape{
		"section": {shape: shape{
			fields: blockFields(map[string]rule{
				"text": either(3000), "fields": items(1, 10, either(2000)), "accessory": elementOf(accessories), "expand": flag,
			}),
			one: [][]string{{"text", "fields"}},
		}},
		"header":  {shape: shape{fields: blockFields(map[string]rule{"text": plain(150), "level": integer(1, 6)}), required: []string{"text"}}},
		"divider": {shape: shape{fields: blockFields(map[string]rule{})}},
		"image": {shape: shape{
			fields:   blockFields(map[string]rule{"image_url": webLink, "slack_file": slackFile, "alt_text": text(1, 2000), "title": plain(2000)}),
			required: []string{"alt_text"}, one: [][]string{{"image_url", "slack_file"}}, only: [][]string{{"image_url", "slack_file"}},
		}},
		"actions": {shape: shape{fields: blockFields(map[string]rule{"elements": items(1, 25, elementOf(actionElements))}), required: []string{"elements"}}},
		"context": {shape: shape{fields: blockFields(map[string]rule{"elements": items(1, 10, contextElement)}), required: []string{"elements"}}},
		"context_actions": {on: messages, shape: shape{
			fields: blockFields(map[string]rule{"elements": items(1, 5, elementOf([]string{"feedback_buttons", "icon_button"}))}), required: []string{"elements"},
		}},
		"input": {shape: shape{
			fields: blockFields(map[string]rule{
				"label": plain(2000), "hint": plain(2000), "optional": flag, "dispatch_action": flag, "element": elementOf(inputElements),
			}),
			required: []string{"label", "element"},
			also: func(c *checker, at string, _ object) {
				if c.inputAt == "" {
					c.inputAt = at
				}
			},
		}},
		"rich_text": {shape: richTextShape()},
		"markdown":  {on: messages, shape: shape{fields: blockFields(map[string]rule{"text": text(1, 12_000)}), required: []string{"text"}}},
		"video": {shape: shape{
			fields: blockFields(map[string]rule{
				"video_url": webLink, "thumbnail_url": webLink, "alt_text": text(1, 2000), "title": plain(199), "title_url": webLink,
				"author_name": text(0, 49), "provider_name": text(0, 2000), "provider_icon_url": webLink, "description": plain(200),
			}),
			required: []string{"video_url", "thumbnail_url", "alt_text", "title"},
		}},
		"table": {on: notModals, shape: shape{
			fields: blockFields(map[string]rule{
				"rows": items(1, 100, items(1, 20, nullable(tableCell))), "column_settings": items(0, 20, nullable(columnSetting.check)),
			}),
			required: []string{"rows"},
			also:     func(c *checker, _ string, o object) { c.tableText += cellText(o["rows"]) },
		}},
		"data_table":         {on: notModals, shape: dataTable()},
		"data_visualization": {on: notModals, shape: dataVisualization()},
		"container":          {on: notModals, shape: container()},
		"layout":             {shape: layout()},
		"card":               {shape: card()},
		"carousel": {shape: shape{
			fields:   blockFields(map[string]rule{"elements": items(1, 10, child([]string{"card"}))}),
			required: []string{"elements"},
		}},
		"alert": {on: []surface{surfaceModal}, shape: shape{
			fields:   blockFields(map[string]rule{"text": either(200), "level": enum("default", "info", "warning", "error", "success")}),
			required: []string{"text"},
		}},
		"task_card": {on: messages, shape: taskCard()},
		"plan": {on: messages, shape: shape{
			fields:   blockFields(map[string]rule{"title": text(1, 2000), "tasks": items(0, 50, child([]string{"task_card"}))}),
			required: []string{"title"},
		}},
	}
}

var imageShape = shape{
	fields:   map[string]rule{"image_url": webLink, "slack_file": slackFile, "alt_text": text(1, 2000)},
	required: []string{"alt_text"}, one: [][]string{{"image_url", "slack_file"}}, only: [][]string{{"image_url", "slack_file"}},
}

func image(c *checker, at string, v any) { typed(map[string]shape{"image": imageShape})(c, at, v) }

func slackFile(c *checker, at string, v any) {
	shape{
		fields: map[string]rule{"id": text(1, 255), "url": webLink}, one: [][]string{{"id", "url"}}, only: [][]string{{"id", "url"}},
		also: func(c *checker, at string, o object) {
			if which := str(o["id"]) + str(o["url"]); which != "" && !c.isImage(which) {
				c.refuse(at, "slack_file", "an image of the workspace", "invalid slack file")
			}
		},
	}.check(c, at, v)
}

func contextElement(c *checker, at string, v any) {
	typed(map[string]shape{
		"image":      imageShape,
		"plain_text": {fields: map[string]rule{"text": text(1, 3000), "emoji": flag}, required: []string{"text"}},
		"mrkdwn":     {fields: map[string]rule{"text": text(1, 3000), "verbatim": flag}, required: []string{"text"}},
	})(c, at, v)
}

func richTextShape() shape {
	return shape{fields: blockFields(map[string]rule{"elements": richTextElements}), required: []string{"elements"}}
}

func richText(c *checker, at string, v any) {
	typed(map[string]shape{"rich_text": richTextShape()})(c, at, v)
}

// richTextElements checks the kinds of a rich text's parts, not each of their fields.
func richTextElements(c *checker, at string, v any) {
	inline := []string{"text", "link", "emoji", "user", "usergroup", "channel", "team", "broadcast", "date", "color", "citation"}
	inlines := items(0, 10_000, kindOf(inline))
	items(0, 1000, func(c *checker, at string, v any) {
		o, _ := v.(object)
		parts := inlines
		switch str(o["type"]) {
		case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		case "rich_text_list":
			enum("bullet", "ordered")(c, at+"/style", o["style"])
			parts = items(0, 1000, kindOf([]string{"rich_text_section"}))
		default:
			c.refuse(at+"/type", "enum", "a rich text element", "unsupported type: %s", str(o["type"]))
			return
		}
		if o["elements"] == nil {
			c.refuse(at, "required", "elements", "missing required field: elements")
			return
		}
		parts(c, at+"/elements", o["elements"])
	})(c, at, v)
}

func kindOf(kinds []string) rule {
	return func(c *checker, at string, v any) {
		if kind := str(obj(v)["type"]); !slices.Contains(kinds, kind) {
			c.refuse(at+"/type", "enum", kinds, "unsupported type: %s", kind)
		}
	}
}

var columnSetting = shape{fields: map[string]rule{"align": enum("left", "center", "right"), "is_wrapped": flag}}

func cellShapes() map[string]shape {
	return map[string]shape{
		"raw_text":   {fields: map[string]rule{"text": text(1, maxTableText)}, required: []string{"text"}},
		"raw_number": {fields: map[string]rule{"value": number, "text": text(1, maxTableText)}, required: []string{"value"}},
		"rich_text":  richTextShape(),
	}
}

func tableCell(c *checker, at string, v any) { typed(cellShapes())(c, at, v) }

func dataCell(c *checker, at string, v any) {
	kinds := cellShapes()
	kinds["action_cell"] = shape{
		fields: map[string]rule{
			"element": elementOf([]string{"button"}), "fallback": typed(map[string]shape{"raw_text": kinds["raw_text"], "raw_number": kinds["raw_number"]}),
		},
		required: []string{"element"},
	}
	typed(kinds)(c, at, v)
}

// cellText counts the characters in all cells.
func cellText(v any) int {
	switch v := v.(type) {
	case []any:
		total := 0
		for _, item := range v {
			total += cellText(item)
		}
		return total
	case object:
		if t, ok := v["text"].(string); ok {
			return utf8.RuneCountInString(t)
		}
		if n, ok := v["value"].(json.Number); ok {
			return len(n)
		}
		return cellText(v["elements"])
	}
	return 0
}

func dataTable() shape {
	return shape{
		fields: blockFields(map[string]rule{
			"caption": text(1, 2000), "rows": items(2, 201, items(1, 20, dataCell)), "page_size": integer(1, 100),
			"row_header_column_index": integer(0, 19),
		}),
		required: []string{"caption", "rows"},
		also: func(c *checker, at string, o object) {
			rows := list(o["rows"])
			c.dataText += cellText(o["rows"])
			for i, row := range rows {
				if i > 0 && len(list(row)) != len(list(rows[0])) {
					c.refuse(at+"/rows", "columns", len(list(rows[0])), "all rows must have the same number of cells")
					break
				}
			}
			if len(rows) == 0 {
				return
			}
			for _, cell := range list(rows[0]) {
				if str(obj(cell)["type"]) != "raw_text" {
					c.refuse(at+"/rows/0", "enum", "raw_text", "header cells must be raw_text")
					break
				}
			}
		},
	}
}

func container() shape {
	children := []string{"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video", "layout"}
	return shape{
		fields: blockFields(map[string]rule{
			"title": plain(150), "rich_text_title": richText, "subtitle": either(150), "icon": image, "width": enum("narrow", "standard", "wide", "full"),
			"is_collapsible": flag, "default_collapsed": flag, "has_header_divider": flag, "child_blocks": items(1, 10, nested(children)),
		}),
		required: []string{"child_blocks"}, one: [][]string{{"title", "rich_text_title"}},
		also: func(c *checker, at string, o object) {
			if o["default_collapsed"] == true && o["is_collapsible"] != true {
				c.refuse(at+"/default_collapsed", "requires", "is_collapsible", "default_collapsed requires is_collapsible")
			}
			if o["has_header_divider"] == true && o["is_collapsible"] == true {
				c.refuse(at+"/has_header_divider", "excludes", "is_collapsible", "has_header_divider is not allowed with is_collapsible")
			}
		},
	}
}

// child checks a block inside another.
func child(kinds []string) rule {
	return func(c *checker, at string, v any) {
		outer := c.childTypes
		c.childTypes = kinds
		anyBlock(c, at, v)
		c.childTypes = outer
	}
}

// nested checks a block inside a container or layout, which go only so deep.
func nested(kinds []string) rule {
	return func(c *checker, at string, v any) {
		c.depth++
		if c.depth > maxNesting {
			c.refuse(at, "max_depth", maxNesting, "no more than %d levels allowed", maxNesting)
		} else {
			child(kinds)(c, at, v)
		}
		c.depth--
	}
}

func layout() shape {
	children := slices.DeleteFunc(blockTypes(), func(kind string) bool { return kind == "markdown" || kind == "layout" })
	item := shape{
		fields: map[string]rule{
			"block": nested(children), "width": enum("narrow", "standard", "wide"), "horizontal_alignment": enum("start", "center", "end"),
		},
		required: []string{"block"},
	}
	row := shape{fields: map[string]rule{"items": items(1, 3, item.check)}, required: []string{"items"}}
	return shape{
		fields: blockFields(map[string]rule{
			"label": text(1, 150), "rows": items(1, 5, row.check), "is_label_visible": flag, "grid_lines": enum("none", "rows", "outer"),
			"fallback": items(0, 50, nested(children)),
		}),
		required: []string{"label", "rows"},
	}
}

func blockTypes() []string {
	return []string{
		"section", "header", "divider", "image", "actions", "context", "context_actions", "input", "rich_text", "markdown", "video", "table",
		"data_table", "data_visualization", "container", "layout", "card", "carousel", "alert", "task_card", "plan",
	}
}

func card() shape {
	return shape{
		fields: blockFields(map[string]rule{
			"hero_image": image, "icon": image, "slack_icon": shape{fields: map[string]rule{"name": text(1, 255)}, required: []string{"name"}}.check,
			"title": either(150), "subtitle": either(150), "body": either(200), "subtext": either(150),
			"actions": items(0, 25, elementOf([]string{"button"})),
		}),
		one: [][]string{{"hero_image", "title", "actions", "body"}}, only: [][]string{{"icon", "slack_icon"}},
	}
}

func taskCard() shape {
	source := map[string]shape{"url": {fields: map[string]rule{"url": webLink, "text": text(1, 2000)}, required: []string{"url", "text"}}}
	return shape{
		fields: blockFields(map[string]rule{
			"task_id": text(1, 255), "title": text(1, 2000), "details": richText, "output": richText, "sources": items(0, 100, typed(source)),
			"status": enum("pending", "in_progress", "complete", "error"),
		}),
		required: []string{"task_id", "title", "status"},
	}
}

func dataVisualization() shape {
	label := text(1, 20)
	point := shape{fields: map[string]rule{"label": label, "value": number}, required: []string{"label", "value"}}
	segment := point
	segment.also = func(c *checker, at string, o object) {
		if n, ok := o["value"].(json.Number); ok && (strings.HasPrefix(n.String(), "-") || strings.Trim(n.String(), "0.eE+-") == "") {
			c.refuse(at+"/value", "minimum", 0, "must be greater than 0")
		}
	}
	series := shape{fields: map[string]rule{"name": label, "data": items(1, 20, point.check)}, required: []string{"name", "data"}}
	axes := shape{
		fields:   map[string]rule{"categories": items(1, 20, label), "x_label": text(0, 50), "y_label": text(0, 50)},
		required: []string{"categories"},
	}
	chart := shape{
		fields:   map[string]rule{"series": items(1, 6, series.check), "axis_config": axes.check},
		required: []string{"series", "axis_config"}, also: sameCategories,
	}
	return shape{
		fields: blockFields(map[string]rule{"title": text(1, 50), "chart": typed(map[string]shape{
			"pie": {fields: map[string]rule{"segments": items(1, 6, segment.check)}, required: []string{"segments"}}, "bar": chart, "line": chart, "area": chart,
		})}),
		required: []string{"title", "chart"},
	}
}

// sameCategories demands one point of each series for every category, and different names.
func sameCategories(c *checker, at string, o object) {
	categories := list(obj(o["axis_config"])["categories"])
	wanted := map[string]bool{}
	for _, category := range categories {
		if wanted[str(category)] {
			c.refuse(at+"/axis_config/categories", "unique", category, "duplicate category: %s", str(category))
		}
		wanted[str(category)] = true
	}
	names := map[string]bool{}
	for _, each := range list(o["series"]) {
		series := obj(each)
		if name := str(series["name"]); names[name] {
			c.refuse(at+"/series", "unique", name, "duplicate series name: %s", name)
		} else {
			names[name] = true
		}
		seen := map[string]bool{}
		for _, p := range list(series["data"]) {
			seen[str(obj(p)["label"])] = wanted[str(obj(p)["label"])]
		}
		if len(seen) != len(wanted) || len(list(series["data"])) != len(wanted) || slices.Contains(slices.Collect(maps.Values(seen)), false) {
			c.refuse(at+"/series", "categories", slices.Sorted(maps.Keys(wanted)), "each series needs exactly one point for every category")
		}
	}
}
