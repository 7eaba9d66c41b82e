package slacksim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func plain(text string) fields { return fields{"type": "plain_text", "text": text} }

func mrkdwn(text string) fields { return fields{"type": "mrkdwn", "text": text} }

func many(n int, item any) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = item
	}
	return all
}

func with(base fields, more fields) fields {
	out := fields{}
	for k, v := range base {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func acts(elements ...any) fields { return fields{"type": "actions", "elements": elements} }

func el(kind string, more fields) fields { return with(fields{"type": kind, "action_id": "a"}, more) }

func cell(text string) fields { return fields{"type": "raw_text", "text": text} }

func rich(text string) fields {
	return fields{"type": "rich_text", "elements": []any{fields{"type": "rich_text_section", "elements": []any{fields{"type": "text", "text": text}}}}}
}

func chart(kind string, more fields) fields {
	return fields{"type": "data_visualization", "title": "T", "chart": with(fields{"type": kind}, more)}
}

func line(categories int) fields {
	names, data := make([]any, 0, categories), make([]any, 0, categories)
	for i := range categories {
		names = append(names, strings.Repeat("c", i+1))
		data = append(data, fields{"label": strings.Repeat("c", i+1), "value": i})
	}
	return fields{"series": []any{fields{"name": "s", "data": data}}, "axis_config": fields{"categories": names}}
}

// TestBlockKitAccepts posts what Slack takes, at its limits.
func TestBlockKitAccepts(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	card := fields{"type": "card", "title": mrkdwn("Acme"), "body": mrkdwn(long(200)), "actions": []any{button("x")}}
	task := fields{"type": "task_card", "task_id": "1", "title": "Call", "status": "pending", "details": rich("x"), "sources": []any{fields{"type": "url", "url": "https://x.org", "text": "x"}}}
	layout := fields{"type": "layout", "label": long(150), "rows": []any{fields{"items": many(3, fields{"block": section("x"), "width": "wide"})}}}
	for name, block := range map[string]fields{
		"section":             {"type": "section", "text": mrkdwn(long(3000)), "fields": many(10, plain(long(1))), "accessory": button("x"), "expand": true},
		"section of fields":   {"type": "section", "fields": many(3, plain(long(2000)))},
		"header":              {"type": "header", "text": plain(long(150))},
		"divider":             {"type": "divider", "block_id": long(255)},
		"image":               {"type": "image", "image_url": "https://x.org/x.png", "alt_text": long(2000), "title": plain("x")},
		"actions":             acts(many25()...),
		"context":             {"type": "context", "elements": append(many(9, mrkdwn("x")), fields{"type": "image", "image_url": "https://x.org/x.png", "alt_text": "x"})},
		"context actions":     {"type": "context_actions", "elements": []any{feedback("a"), fields{"type": "icon_button", "icon": "trash", "text": plain("Delete"), "action_id": "b"}}},
		"input":               {"type": "input", "label": plain(long(2000)), "hint": plain("x"), "optional": true, "element": el("plain_text_input", fields{"placeholder": plain(long(150))})},
		"rich text":           rich("x"),
		"rich text list":      {"type": "rich_text", "elements": []any{fields{"type": "rich_text_list", "style": "bullet", "elements": []any{fields{"type": "rich_text_section", "elements": []any{fields{"type": "emoji", "name": "wave"}}}}}}},
		"markdown":            {"type": "markdown", "text": long(12_000)},
		"table":               {"type": "table", "rows": many(100, many(20, cell("12345"))), "column_settings": []any{fields{"align": "right", "is_wrapped": true}, nil}},
		"table of all cells":  {"type": "table", "rows": []any{[]any{cell("x"), rich("y"), fields{"type": "raw_number", "value": 1.5}, nil}}},
		"data table":          {"type": "data_table", "caption": "c", "page_size": 100, "rows": append([]any{many(20, cell("h"))}, many(200, many(20, fields{"type": "raw_number", "value": 1}))...)},
		"pie":                 chart("pie", fields{"segments": many(6, fields{"label": long(20), "value": 1})}),
		"bar":                 chart("bar", line(20)),
		"container":           {"type": "container", "title": plain(long(150)), "child_blocks": many(10, section("x")), "is_collapsible": true, "default_collapsed": true},
		"layout":              layout,
		"layout in container": {"type": "container", "title": plain("x"), "child_blocks": []any{layout}},
		"card":                card,
		"carousel":            {"type": "carousel", "elements": many(10, card)},
		"task card":           task,
		"plan":                {"type": "plan", "title": "Plan", "tasks": []any{task, task}},
		"video": {
			"type": "video", "title": plain(long(199)), "video_url": "https://x.org/v", "thumbnail_url": "https://x.org/t.png", "alt_text": "x",
		},
		"workflow":      acts(el("workflow_button", fields{"text": plain("x"), "workflow": fields{"trigger": fields{"url": "https://x.org"}}})),
		"icons":         {"type": "container", "rich_text_title": rich("x"), "icon": fields{"type": "image", "image_url": "https://x.org/x.png", "alt_text": "x"}, "child_blocks": many(1, section("x"))},
		"options":       acts(el("static_select", fields{"options": many(100, opt(long(75), strings.Repeat("v", 75)))})),
		"option groups": acts(el("static_select", fields{"option_groups": many(100, fields{"label": plain(long(75)), "options": many(1, opt("x", "x"))})})),
		"confirm": acts(with(button("x"), fields{"style": "danger", "confirm": fields{
			"title": plain(long(100)), "text": mrkdwn(long(300)), "confirm": plain(long(30)), "deny": plain(long(30)),
		}})),
	} {
		reply := call(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x", "blocks": []any{block}})
		require.Equal(t, true, reply["ok"], "%s: %v", name, reply)
		validated := call(t, sim, "blocks.validate", fields{"blocks": []any{block}})
		require.Equal(t, true, validated["ok"], "%s: %v", name, validated)
	}
	a := httpApp(t, sim, nil)
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": modal(long(24),
		fields{"type": "alert", "text": plain(long(200)), "level": "warning"}, input("f", fields{"type": "file_input", "max_files": 10}))})
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("ben"), "view": with(modal("x"), fields{"blocks": many(100, fields{"type": "divider"})})})
}

func many25() []any {
	all := make([]any, 0, 25)
	for i := range 25 {
		all = append(all, button(strings.Repeat("a", i+1)))
	}
	return all
}

func feedback(id string) fields {
	return fields{"type": "feedback_buttons", "action_id": id, "positive_button": fields{"text": plain("Good"), "value": "good"}, "negative_button": fields{"text": plain("Bad"), "value": "bad"}}
}

// TestBlockKitRefuses posts what is one over each limit, and what makes no sense.
func TestBlockKitRefuses(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	selectOf := func(more fields) fields { return acts(el("static_select", more)) }
	red := opt("Red", "red")
	nested := fields{"type": "container", "title": plain("x"), "child_blocks": []any{fields{"type": "layout", "label": "x", "rows": []any{fields{"items": []any{
		fields{"block": fields{"type": "container", "title": plain("x"), "child_blocks": []any{section("x")}}},
	}}}}}}
	for name, c := range map[string]struct {
		blocks  []any
		pointer string
		message string
	}{
		"no type":                 {[]any{fields{"text": plain("x")}}, "/blocks/0", "missing required field: type"},
		"unknown type":            {[]any{fields{"type": "banner"}}, "/blocks/0/type", "unsupported type: banner"},
		"a file block":            {[]any{fields{"type": "file", "external_id": "x", "source": "remote"}}, "/blocks/0/type", "unsupported type: file"},
		"not an object":           {[]any{"divider"}, "/blocks/0", "must provide an object"},
		"unknown property":        {[]any{with(section("x"), fields{"colour": "red"})}, "/blocks/0", "invalid additional property: colour"},
		"emoji in mrkdwn":         {[]any{fields{"type": "section", "text": with(mrkdwn("x"), fields{"emoji": true})}}, "/blocks/0/text", "invalid additional property: emoji"},
		"empty section":           {[]any{fields{"type": "section"}}, "/blocks/0", "missing required field: text or fields"},
		"empty text":              {[]any{section("")}, "/blocks/0/text/text", "must be more than 0 characters"},
		"long section":            {[]any{section(long(3001))}, "/blocks/0/text/text", "must be less than 3001 characters"},
		"eleven fields":           {[]any{fields{"type": "section", "fields": many(11, plain("x"))}}, "/blocks/0/fields", "no more than 10 items allowed"},
		"long field":              {[]any{fields{"type": "section", "fields": []any{plain("x"), plain(long(2001))}}}, "/blocks/0/fields/1/text", "must be less than 2001 characters"},
		"long header":             {[]any{fields{"type": "header", "text": plain(long(151))}}, "/blocks/0/text/text", "must be less than 151 characters"},
		"mrkdwn header":           {[]any{fields{"type": "header", "text": mrkdwn("x")}}, "/blocks/0/text/type", "unsupported type: mrkdwn"},
		"no actions":              {[]any{fields{"type": "actions", "elements": []any{}}}, "/blocks/0/elements", "no fewer than 1 items allowed"},
		"26 actions":              {[]any{acts(append(many25(), button("z"))...)}, "/blocks/0/elements", "no more than 25 items allowed"},
		"11 in context":           {[]any{fields{"type": "context", "elements": many(11, plain("x"))}}, "/blocks/0/elements", "no more than 10 items allowed"},
		"button in context":       {[]any{fields{"type": "context", "elements": []any{button("x")}}}, "/blocks/0/elements/0/type", "unsupported type: button"},
		"6 context actions":       {[]any{fields{"type": "context_actions", "elements": many(6, feedback("x"))}}, "/blocks/0/elements", "no more than 5 items allowed"},
		"long button":             {[]any{acts(with(button("x"), fields{"text": plain(long(76))}))}, "/blocks/0/elements/0/text/text", "must be less than 76 characters"},
		"mrkdwn button":           {[]any{acts(with(button("x"), fields{"text": mrkdwn("x")}))}, "/blocks/0/elements/0/text/type", "unsupported type: mrkdwn"},
		"long value":              {[]any{acts(with(button("x"), fields{"value": long(2001)}))}, "/blocks/0/elements/0/value", "must be less than 2001 characters"},
		"long url":                {[]any{acts(with(button("x"), fields{"url": "https://x.org/" + strings.Repeat("x", 3000)}))}, "/blocks/0/elements/0/url", "must be less than 3001 characters"},
		"javascript url":          {[]any{acts(with(button("x"), fields{"url": "javascript:alert(1)"}))}, "/blocks/0/elements/0/url", "must be a valid URL"},
		"unknown style":           {[]any{acts(with(button("x"), fields{"style": "default"}))}, "/blocks/0/elements/0/style", "must be a valid enum value"},
		"long action id":          {[]any{acts(button(long(256)))}, "/blocks/0/elements/0/action_id", "must be less than 256 characters"},
		"long block id":           {[]any{with(section("x"), fields{"block_id": long(256)})}, "/blocks/0/block_id", "must be less than 256 characters"},
		"duplicate block id":      {[]any{with(section("x"), fields{"block_id": "b"}), with(section("y"), fields{"block_id": "b"})}, "/blocks/1/block_id", "duplicate block_id: b"},
		"duplicate action id":     {[]any{acts(button("x"), button("x"))}, "/blocks/0/elements/1/action_id", "action_id `x` already exists in this block"},
		"101 options":             {[]any{selectOf(fields{"options": many(101, red)})}, "/blocks/0/elements/0/options", "no more than 100 items allowed"},
		"101 groups":              {[]any{selectOf(fields{"option_groups": many(101, fields{"label": plain("x"), "options": []any{red}})})}, "/blocks/0/elements/0/option_groups", "no more than 100 items allowed"},
		"no options":              {[]any{selectOf(nil)}, "/blocks/0/elements/0", "missing required field: options or option_groups"},
		"options twice":           {[]any{selectOf(fields{"options": []any{red}, "option_groups": []any{fields{"label": plain("x"), "options": []any{red}}}})}, "/blocks/0/elements/0", "only one of options and option_groups is allowed"},
		"long option":             {[]any{selectOf(fields{"options": []any{opt(long(76), "x")}})}, "/blocks/0/elements/0/options/0/text/text", "must be less than 76 characters"},
		"long option value":       {[]any{selectOf(fields{"options": []any{opt("x", long(76))}})}, "/blocks/0/elements/0/options/0/value", "must be less than 76 characters"},
		"mrkdwn option":           {[]any{selectOf(fields{"options": []any{fields{"text": mrkdwn("x"), "value": "x"}}})}, "/blocks/0/elements/0/options/0/text/type", "unsupported type: mrkdwn"},
		"initial no option":       {[]any{selectOf(fields{"options": []any{red}, "initial_option": opt("Blue", "blue")})}, "/blocks/0/elements/0/initial_option", "initial_option must match one of the options"},
		"6 in overflow":           {[]any{acts(el("overflow", fields{"options": many(6, red)}))}, "/blocks/0/elements/0/options", "no more than 5 items allowed"},
		"11 radios":               {[]any{acts(el("radio_buttons", fields{"options": many(11, red)}))}, "/blocks/0/elements/0/options", "no more than 10 items allowed"},
		"11 checkboxes":           {[]any{acts(el("checkboxes", fields{"options": many(11, red)}))}, "/blocks/0/elements/0/options", "no more than 10 items allowed"},
		"long placeholder":        {[]any{selectOf(fields{"options": []any{red}, "placeholder": plain(long(151))})}, "/blocks/0/elements/0/placeholder/text", "must be less than 151 characters"},
		"long confirm title":      {[]any{acts(with(button("x"), fields{"confirm": fields{"title": plain(long(101)), "text": plain("x")}}))}, "/blocks/0/elements/0/confirm/title/text", "must be less than 101 characters"},
		"long confirm text":       {[]any{acts(with(button("x"), fields{"confirm": fields{"text": plain(long(301))}}))}, "/blocks/0/elements/0/confirm/text/text", "must be less than 301 characters"},
		"long confirm button":     {[]any{acts(with(button("x"), fields{"confirm": fields{"text": plain("x"), "deny": plain(long(31))}}))}, "/blocks/0/elements/0/confirm/deny/text", "must be less than 31 characters"},
		"a wrong date":            {[]any{acts(el("datepicker", fields{"initial_date": "24.11.2026"}))}, "/blocks/0/elements/0/initial_date", "must be a valid date in the format YYYY-MM-DD"},
		"a wrong time":            {[]any{acts(el("timepicker", fields{"initial_time": "24:00"}))}, "/blocks/0/elements/0/initial_time", "must be a valid time in the format HH:mm"},
		"a text input in actions": {[]any{acts(el("plain_text_input", nil))}, "/blocks/0/elements/0/type", "unsupported type: plain_text_input"},
		"a file input outside":    {[]any{input("f", fields{"type": "file_input"})}, "/blocks/0/element/type", "unsupported type: file_input"},
		"a button in input":       {[]any{input("f", button("x"))}, "/blocks/0/element/type", "unsupported type: button"},
		"input without label":     {[]any{fields{"type": "input", "element": el("plain_text_input", nil)}}, "/blocks/0", "missing required field: label"},
		"min above max":           {[]any{input("f", fields{"type": "plain_text_input", "min_length": 5, "max_length": 4})}, "/blocks/0/element/min_length", "min_length must not be greater than max_length"},
		"image without alt":       {[]any{fields{"type": "image", "image_url": "https://x.org/x.png"}}, "/blocks/0", "missing required field: alt_text"},
		"image without source":    {[]any{fields{"type": "image", "alt_text": "x"}}, "/blocks/0", "missing required field: image_url or slack_file"},
		"long alt":                {[]any{fields{"type": "image", "image_url": "https://x.org/x.png", "alt_text": long(2001)}}, "/blocks/0/alt_text", "must be less than 2001 characters"},
		"a string for a flag":     {[]any{with(section("x"), fields{"expand": "yes"})}, "/blocks/0/expand", "must provide a boolean"},
		"a string for a number":   {[]any{fields{"type": "data_table", "caption": "c", "page_size": "5", "rows": many(2, []any{cell("x")})}}, "/blocks/0/page_size", "must provide an integer"},
		"a number for a string":   {[]any{with(section("x"), fields{"text": with(plain("x"), fields{"text": 5})})}, "/blocks/0/text/text", "must provide a string"},
		"a text for an element":   {[]any{with(section("x"), fields{"accessory": "button"})}, "/blocks/0/accessory", "must provide an object"},
		"image by ftp":            {[]any{fields{"type": "image", "image_url": "ftp://x.org/x.png", "alt_text": "x"}}, "/blocks/0/image_url", "must be a valid URL"},
		"a wordy number":          {[]any{input("f", fields{"type": "number_input", "is_decimal_allowed": true, "min_value": "one"})}, "/blocks/0/element/min_value", "must be a number in a string"},
		"long markdown":           {[]any{fields{"type": "markdown", "text": long(12_001)}}, "/blocks/0/text", "must be less than 12001 characters"},
		"101 rows":                {[]any{fields{"type": "table", "rows": many(101, []any{cell("x")})}}, "/blocks/0/rows", "no more than 100 items allowed"},
		"21 cells":                {[]any{fields{"type": "table", "rows": []any{many(21, cell("x"))}}}, "/blocks/0/rows/0", "no more than 20 items allowed"},
		"tables too long":         {many(2, fields{"type": "table", "rows": many(51, []any{cell(long(99))})}), "/blocks", "tables must be less than 10001 characters together"},
		"data table headless":     {[]any{fields{"type": "data_table", "caption": "c", "rows": many(1, []any{cell("x")})}}, "/blocks/0/rows", "no fewer than 2 items allowed"},
		"202 data rows":           {[]any{fields{"type": "data_table", "caption": "c", "rows": many(202, []any{cell("x")})}}, "/blocks/0/rows", "no more than 201 items allowed"},
		"data table uncaptioned":  {[]any{fields{"type": "data_table", "rows": many(2, []any{cell("x")})}}, "/blocks/0", "missing required field: caption"},
		"number in the header":    {[]any{fields{"type": "data_table", "caption": "c", "rows": many(2, []any{fields{"type": "raw_number", "value": 1}})}}, "/blocks/0/rows/0", "header cells must be raw_text"},
		"ragged data table":       {[]any{fields{"type": "data_table", "caption": "c", "rows": []any{[]any{cell("x"), cell("y")}, []any{cell("x")}}}}, "/blocks/0/rows", "all rows must have the same number of cells"},
		"page of 101":             {[]any{fields{"type": "data_table", "caption": "c", "page_size": 101, "rows": many(2, []any{cell("x")})}}, "/blocks/0/page_size", "must be less than or equal to 100"},
		"data too long":           {[]any{fields{"type": "data_table", "caption": "c", "rows": many(201, []any{cell(long(100))})}}, "/blocks", "data tables must be less than 20001 characters together"},
		"long chart title":        {[]any{with(chart("bar", line(2)), fields{"title": long(51)})}, "/blocks/0/title", "must be less than 51 characters"},
		"7 segments":              {[]any{chart("pie", fields{"segments": many(7, fields{"label": "x", "value": 1})})}, "/blocks/0/chart/segments", "no more than 6 items allowed"},
		"a negative segment":      {[]any{chart("pie", fields{"segments": []any{fields{"label": "x", "value": -1}}})}, "/blocks/0/chart/segments/0/value", "must be greater than 0"},
		"long segment":            {[]any{chart("pie", fields{"segments": []any{fields{"label": long(21), "value": 1}}})}, "/blocks/0/chart/segments/0/label", "must be less than 21 characters"},
		"21 points":               {[]any{chart("line", line(21))}, "/blocks/0/chart/axis_config/categories", "no more than 20 items allowed"},
		"no such chart":           {[]any{chart("radar", nil)}, "/blocks/0/chart/type", "unsupported type: radar"},
		"other categories": {
			[]any{chart("line", with(line(2), fields{"axis_config": fields{"categories": []any{"a", "b"}}}))},
			"/blocks/0/chart/series",
			"each series needs exactly one point for every category",
		},
		"long axis":            {[]any{chart("line", with(line(1), fields{"axis_config": fields{"categories": []any{"c"}, "x_label": long(51)}}))}, "/blocks/0/chart/axis_config/x_label", "must be less than 51 characters"},
		"11 children":          {[]any{fields{"type": "container", "title": plain("x"), "child_blocks": many(11, section("x"))}}, "/blocks/0/child_blocks", "no more than 10 items allowed"},
		"markdown child":       {[]any{fields{"type": "container", "title": plain("x"), "child_blocks": []any{fields{"type": "markdown", "text": "x"}}}}, "/blocks/0/child_blocks/0/type", "unsupported type: markdown"},
		"untitled container":   {[]any{fields{"type": "container", "child_blocks": []any{section("x")}}}, "/blocks/0", "missing required field: title or rich_text_title"},
		"collapsed for ever":   {[]any{fields{"type": "container", "title": plain("x"), "default_collapsed": true, "child_blocks": []any{section("x")}}}, "/blocks/0/default_collapsed", "default_collapsed requires is_collapsible"},
		"three levels":         {[]any{nested}, "/blocks/0/child_blocks/0/rows/0/items/0/block/child_blocks/0", "no more than 2 levels allowed"},
		"6 layout rows":        {[]any{fields{"type": "layout", "label": "x", "rows": many(6, fields{"items": []any{fields{"block": section("x")}}})}}, "/blocks/0/rows", "no more than 5 items allowed"},
		"4 layout items":       {[]any{fields{"type": "layout", "label": "x", "rows": []any{fields{"items": many(4, fields{"block": section("x")})}}}}, "/blocks/0/rows/0/items", "no more than 3 items allowed"},
		"11 cards":             {[]any{fields{"type": "carousel", "elements": many(11, fields{"type": "card", "title": mrkdwn("x")})}}, "/blocks/0/elements", "no more than 10 items allowed"},
		"empty card":           {[]any{fields{"type": "card", "subtitle": mrkdwn("x")}}, "/blocks/0", "missing required field: hero_image or title or actions or body"},
		"long card":            {[]any{fields{"type": "card", "body": mrkdwn(long(201))}}, "/blocks/0/body/text", "must be less than 201 characters"},
		"an alert":             {[]any{fields{"type": "alert", "text": plain("x")}}, "/blocks/0/type", "unsupported type: alert"},
		"a task without state": {[]any{fields{"type": "task_card", "task_id": "1", "title": "x"}}, "/blocks/0", "missing required field: status"},
		"a strange state":      {[]any{fields{"type": "task_card", "task_id": "1", "title": "x", "status": "done"}}, "/blocks/0/status", "must be a valid enum value"},
		"untitled plan":        {[]any{fields{"type": "plan"}}, "/blocks/0", "missing required field: title"},
		"strange rich text":    {[]any{fields{"type": "rich_text", "elements": []any{fields{"type": "rich_text_table"}}}}, "/blocks/0/elements/0/type", "unsupported type: rich_text_table"},
		"strange inline":       {[]any{fields{"type": "rich_text", "elements": []any{fields{"type": "rich_text_section", "elements": []any{fields{"type": "blink"}}}}}}, "/blocks/0/elements/0/elements/0/type", "unsupported type: blink"},
		"video by http title":  {[]any{fields{"type": "video", "title": plain(long(200)), "video_url": "https://x.org", "thumbnail_url": "https://x.org", "alt_text": "x"}}, "/blocks/0/title/text", "must be less than 200 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			reply := refused(t, sim, "invalid_blocks", "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x", "blocks": c.blocks})
			want := c.message + " [json-pointer:" + c.pointer + "]"
			require.Contains(t, reply["errors"], want)
			require.Contains(t, reply["response_metadata"].(fields)["messages"], "[ERROR] "+want)
		})
	}
	require.Empty(t, sim.Posts("general"))
}

func TestViewsRefuse(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	for name, c := range map[string]struct {
		view    fields
		pointer string
		message string
	}{
		"no title":             {fields{"type": "modal", "blocks": []any{}}, "/view", "missing required field: title"},
		"long title":           {modal(long(25)), "/view/title/text", "must be less than 25 characters"},
		"long submit":          {with(modal("x"), fields{"submit": plain(long(25))}), "/view/submit/text", "must be less than 25 characters"},
		"long close":           {with(modal("x"), fields{"close": plain(long(25))}), "/view/close/text", "must be less than 25 characters"},
		"mrkdwn title":         {with(modal("x"), fields{"title": mrkdwn("x")}), "/view/title/type", "unsupported type: mrkdwn"},
		"long metadata":        {with(modal("x"), fields{"private_metadata": long(3001)}), "/view/private_metadata", "must be less than 3001 characters"},
		"long callback":        {with(modal("x"), fields{"callback_id": long(256)}), "/view/callback_id", "must be less than 256 characters"},
		"101 blocks":           {with(modal("x"), fields{"blocks": many(101, fields{"type": "divider"})}), "/view/blocks", "no more than 100 items allowed"},
		"inputs and no submit": {with(modal("x", input("i", fields{"type": "plain_text_input"})), fields{"submit": nil}), "/view/blocks/0/type", "must define `submit` to use an `input` block in modals"},
		"two in focus": {
			modal("x", input("i", fields{"type": "plain_text_input", "focus_on_load": true}), input("j", fields{"type": "plain_text_input", "focus_on_load": true})),
			"/view/blocks/1/element/focus_on_load", "only one element can have focus_on_load",
		},
		"a table":         {modal("x", fields{"type": "table", "rows": []any{[]any{cell("x")}}}), "/view/blocks/0/type", "unsupported type: table"},
		"markdown":        {modal("x", fields{"type": "markdown", "text": "x"}), "/view/blocks/0/type", "unsupported type: markdown"},
		"long alert":      {modal("x", fields{"type": "alert", "text": plain(long(201))}), "/view/blocks/0/text/text", "must be less than 201 characters"},
		"unknown type":    {with(modal("x"), fields{"type": "dialog"}), "/view/type", "unsupported type: dialog"},
		"unknown field":   {with(modal("x"), fields{"colour": "red"}), "/view", "invalid additional property: colour"},
		"id used twice":   {modal("x", input("i", fields{"type": "plain_text_input"}), input("i", fields{"type": "plain_text_input"})), "/view/blocks/1/block_id", "duplicate block_id: i"},
		"home with title": {with(home(), fields{"title": plain("x")}), "/view", "invalid additional property: title"},
	} {
		t.Run(name, func(t *testing.T) {
			args := fields{"view": c.view, "trigger_id": a.trigger("maria")}
			method := "views.open"
			if c.view["type"] == "home" {
				method, args = "views.publish", fields{"view": c.view, "user_id": user(t, sim, "maria")}
			}
			reply := refused(t, sim, "invalid_arguments", method, args)
			require.Contains(t, reply["response_metadata"].(fields)["messages"], "[ERROR] "+c.message+" [json-pointer:"+c.pointer+"]")
		})
	}
	require.Empty(t, sim.Views("maria"))
}

func TestBlocksValidate(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	validate := func(body string) fields {
		_, _, answer := send(t, "POST", sim.APIURL()+"blocks.validate", map[string][]string{"Content-Type": {"application/json; charset=utf-8"}}, body)
		return parse(t, answer)
	}
	require.Equal(t, true, validate(`{"blocks":[{"type":"divider"}]}`)["ok"], "without a token")
	bad := validate(`{"blocks":[{"type":"section","text":{"type":"invalid","text":"x"}}]}`)
	require.Equal(t, "invalid_blocks", bad["error"])
	require.Equal(t, []any{fields{
		"code": "failed_constraint", "message": "unsupported type: invalid", "pointer": "/0/text/type",
		"constraint": fields{"type": "enum", "expected": []any{"mrkdwn", "plain_text"}},
	}}, bad["errors"])
	require.Equal(t, "invalid_view", validate(`{"view":{"type":"modal","blocks":[]}}`)["error"])
	require.Equal(t, "invalid_message", validate(`{"message":{"blocks":[{"type":"alert","text":{"type":"plain_text","text":"x"}}]}}`)["error"])
	require.Equal(t, true, validate(`{"view":"{\"type\":\"home\",\"blocks\":[]}"}`)["ok"], "as a string too")
	for _, wrong := range []string{`{}`, `{"blocks":[],"view":{}}`, `{"blocks":"{"}`} {
		require.Equal(t, "invalid_arguments", validate(wrong)["error"], wrong)
	}
}
