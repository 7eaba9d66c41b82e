package blockkit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Node is one Block Kit object: the union of the fields that any block, element, text or rich text piece has. Fields
// whose shape differs between types stay raw and are drawn on request. The templates see it and its methods.
type Node struct {
	Type     string `json:"type"`
	BlockID  string `json:"block_id"`
	ActionID string `json:"action_id"`

	Text          json.RawMessage `json:"text"` // a text object, or a string in rich text and table cells
	Title         json.RawMessage `json:"title"`
	Subtitle      json.RawMessage `json:"subtitle"`
	RichTextTitle json.RawMessage `json:"rich_text_title"`
	Body          json.RawMessage `json:"body"`
	Subtext       json.RawMessage `json:"subtext"`
	Description   json.RawMessage `json:"description"`
	Label         json.RawMessage `json:"label"`
	Hint          json.RawMessage `json:"hint"`
	Placeholder   json.RawMessage `json:"placeholder"`
	Caption       json.RawMessage `json:"caption"`
	Details       json.RawMessage `json:"details"`
	Output        json.RawMessage `json:"output"`
	Name          json.RawMessage `json:"name"` // of an emoji a string, of an auth provider a text object

	Fields      json.RawMessage `json:"fields"`
	Elements    json.RawMessage `json:"elements"`
	Element     json.RawMessage `json:"element"`
	Accessory   json.RawMessage `json:"accessory"`
	Actions     json.RawMessage `json:"actions"`
	ChildBlocks json.RawMessage `json:"child_blocks"`
	Tasks       json.RawMessage `json:"tasks"`
	Fallback    json.RawMessage `json:"fallback"`
	HeroImage   json.RawMessage `json:"hero_image"`
	Icon        json.RawMessage `json:"icon"`
	Rows        json.RawMessage `json:"rows"`
	Sources     []source        `json:"sources"`
	Chart       json.RawMessage `json:"chart"`

	Verbatim         bool            `json:"verbatim"`
	Optional         bool            `json:"optional"`
	Multiline        bool            `json:"multiline"`
	DispatchAction   bool            `json:"dispatch_action"`
	FocusOnLoad      bool            `json:"focus_on_load"`
	IsCollapsible    bool            `json:"is_collapsible"`
	DefaultCollapsed bool            `json:"default_collapsed"`
	HeaderDivider    bool            `json:"has_header_divider"`
	IsLabelVisible   bool            `json:"is_label_visible"`
	HideTitle        bool            `json:"hide_title"`
	Decimal          bool            `json:"is_decimal_allowed"`
	Style            json.RawMessage `json:"style"` // a button's or list's string, or a text's {bold, italic …}
	Level            string          `json:"level"`
	Status           string          `json:"status"`
	Width            string          `json:"width"`
	GridLines        string          `json:"grid_lines"`
	Align            string          `json:"horizontal_alignment"`
	Indent           int             `json:"indent"`
	Offset           int             `json:"offset"`
	Border           int             `json:"border"`
	RowHeader        int             `json:"row_header_column_index"`
	ColumnSettings   []column        `json:"column_settings"`

	Value              json.RawMessage `json:"value"` // a button's string or a cell's number
	URL                string          `json:"url"`
	ImageURL           string          `json:"image_url"`
	SlackFile          slackFile       `json:"slack_file"`
	AltText            string          `json:"alt_text"`
	VideoURL           string          `json:"video_url"`
	TitleURL           string          `json:"title_url"`
	ThumbnailURL       string          `json:"thumbnail_url"`
	AuthorName         string          `json:"author_name"`
	ProviderName       string          `json:"provider_name"`
	ExternalID         string          `json:"external_id"`
	AccessibilityLabel string          `json:"accessibility_label"`

	Options              []option        `json:"options"`
	OptionGroups         []optionGroup   `json:"option_groups"`
	InitialOption        *option         `json:"initial_option"`
	InitialOptions       []option        `json:"initial_options"`
	InitialUser          string          `json:"initial_user"`
	InitialUsers         []string        `json:"initial_users"`
	InitialChannel       string          `json:"initial_channel"`
	InitialChannels      []string        `json:"initial_channels"`
	InitialConversation  string          `json:"initial_conversation"`
	InitialConversations []string        `json:"initial_conversations"`
	InitialDate          string          `json:"initial_date"`
	InitialTime          string          `json:"initial_time"`
	InitialDateTime      int64           `json:"initial_date_time"`
	InitialValue         json.RawMessage `json:"initial_value"` // a string, or a rich text
	MinLength            int             `json:"min_length"`
	MaxLength            int             `json:"max_length"`
	MaxSelectedItems     int             `json:"max_selected_items"`
	MinQueryLength       *int            `json:"min_query_length"`
	Filetypes            []string        `json:"filetypes"`
	MaxFiles             int             `json:"max_files"`
	MinValue             string          `json:"min_value"`
	MaxValue             string          `json:"max_value"`
	DispatchConfig       dispatchConfig  `json:"dispatch_action_config"`
	Confirm              *confirm        `json:"confirm"`
	PositiveButton       json.RawMessage `json:"positive_button"`
	NegativeButton       json.RawMessage `json:"negative_button"`

	UserID      string `json:"user_id"`
	UserGroupID string `json:"usergroup_id"`
	ChannelID   string `json:"channel_id"`
	Range       string `json:"range"`
	Timestamp   int64  `json:"timestamp"`
	Format      string `json:"format"`
	SkinTone    int    `json:"skin_tone"`
	Unicode     string `json:"unicode"`

	draw  *drawing
	label string // of the input block around an element
}

type option struct {
	Text        json.RawMessage `json:"text"`
	Value       string          `json:"value"`
	Description json.RawMessage `json:"description"`
	URL         string          `json:"url"`
}

type optionGroup struct {
	Label   json.RawMessage `json:"label"`
	Options []option        `json:"options"`
}

type confirm struct {
	Title   json.RawMessage `json:"title"`
	Text    json.RawMessage `json:"text"`
	Confirm json.RawMessage `json:"confirm"`
	Deny    json.RawMessage `json:"deny"`
	Style   string          `json:"style"`
}

type dispatchConfig struct {
	TriggerActionsOn []string `json:"trigger_actions_on"`
}

type slackFile struct {
	ID  string `json:"id"`
	URL string `json:"url"`
}

type column struct {
	Align     string `json:"align"`
	IsWrapped bool   `json:"is_wrapped"`
}

type source struct {
	URL  string `json:"url"`
	Text string `json:"text"`
}

type textStyle struct {
	Bold      bool `json:"bold"`
	Italic    bool `json:"italic"`
	Strike    bool `json:"strike"`
	Code      bool `json:"code"`
	Underline bool `json:"underline"`
	Highlight bool `json:"highlight"`
}

// DrawText draws a text object or a JSON string.
func (n Node) DrawText(raw json.RawMessage) template.HTML { return n.draw.one("text", n.BlockID, raw) }

// DrawTexts draws a JSON array of text objects, each in its own cell.
func (n Node) DrawTexts(raw json.RawMessage) (cells []template.HTML, err error) {
	var members []json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	for _, member := range members {
		cells = append(cells, n.DrawText(member))
	}
	return cells, nil
}

// DrawElement draws one interactive element or image.
func (n Node) DrawElement(raw json.RawMessage) template.HTML {
	return n.draw.one("element", n.BlockID, raw)
}

// DrawInput draws an input block's element, named by the block's label for screen readers.
func (n Node) DrawInput(raw json.RawMessage) template.HTML {
	n.draw.label = n.draw.words(n.Label)
	defer func() { n.draw.label = "" }()
	return n.DrawElement(raw)
}

// DrawElements draws a JSON array of elements.
func (n Node) DrawElements(raw json.RawMessage) template.HTML {
	return n.draw.list("element", n.BlockID, raw)
}

// DrawContext draws a context block's array, in which texts and images mix.
func (n Node) DrawContext(raw json.RawMessage) template.HTML {
	return n.draw.list("context", n.BlockID, raw)
}

// DrawBlock draws one nested block.
func (n Node) DrawBlock(raw json.RawMessage) template.HTML { return n.draw.one("block", "", raw) }

// DrawBlocks draws a JSON array of nested blocks.
func (n Node) DrawBlocks(raw json.RawMessage) template.HTML { return n.draw.list("block", "", raw) }

// DrawRich draws the pieces of a rich text.
func (n Node) DrawRich(raw json.RawMessage) template.HTML {
	return n.draw.list("rich", n.BlockID, raw)
}

// DrawRichList draws the members of a rich text list.
func (n Node) DrawRichList(raw json.RawMessage) (items []template.HTML, err error) {
	var members []json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	for _, member := range members {
		items = append(items, n.draw.one("rich", n.BlockID, member))
	}
	return items, nil
}

// Mrkdwn draws the node's own text as mrkdwn.
func (n Node) Mrkdwn() (template.HTML, error) {
	text, err := n.String(n.Text)
	return mrkdwn{draw: n.draw, autolink: !n.Verbatim}.html(text), err
}

// Plain draws the node's own text as plain text with emoji.
func (n Node) Plain() (template.HTML, error) {
	text, err := n.String(n.Text)
	return n.draw.plainText(text), err
}

// Markdown draws the node's own text as standard Markdown.
func (n Node) Markdown() (template.HTML, error) {
	text, err := n.String(n.Text)
	if err != nil {
		return "", err
	}
	return n.draw.markdown(text)
}

// String reads a JSON string; nothing reads as "".
func (n Node) String(raw json.RawMessage) (string, error) {
	if isNothing(raw) {
		return "", nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("read text: %w", err)
	}
	return text, nil
}

// StyleName reads the style of a button or a list.
func (n Node) StyleName() (string, error) { return n.String(n.Style) }

// StyleClasses reads the style of a rich text piece as CSS classes.
func (n Node) StyleClasses() (string, error) {
	if isNothing(n.Style) {
		return "", nil
	}
	var style textStyle
	if err := json.Unmarshal(n.Style, &style); err != nil {
		return "", fmt.Errorf("read style: %w", err)
	}
	var classes []string
	for _, class := range []struct {
		on   bool
		name string
	}{
		{style.Bold, "b"},
		{style.Italic, "i"},
		{style.Strike, "s"},
		{style.Code, "code"},
		{style.Underline, "u"},
		{style.Highlight, "mark"},
	} {
		if class.on {
			classes = append(classes, class.name)
		}
	}
	return strings.Join(classes, " "), nil
}

// RichLink draws a link in rich text; an unsafe address is left out and the text stays.
func (n Node) RichLink() (template.HTML, error) {
	label, err := n.String(n.Text)
	if label == "" {
		label = n.URL
	}
	return link(n.URL, template.HTMLEscapeString(label)), err
}

// Emoji draws the emoji that a rich text piece names.
func (n Node) Emoji() (template.HTML, error) {
	name, err := n.String(n.Name)
	if n.SkinTone > 1 {
		name += "::skin-tone-" + strconv.Itoa(n.SkinTone)
	}
	return n.draw.emojiHTML(name), err
}

// Mention draws a mention of a person, channel, group or everybody.
func (n Node) Mention() template.HTML {
	switch n.Type {
	case "user":
		return n.draw.userHTML(n.UserID, "")
	case "usergroup":
		return n.draw.groupHTML(n.UserGroupID, "")
	case "channel":
		return n.draw.channelHTML(n.ChannelID, "")
	default:
		return n.draw.broadcastHTML(n.Range)
	}
}

// Date draws a rich text date.
func (n Node) Date() (template.HTML, error) {
	fallback, err := n.String(n.Fallback)
	return n.draw.dateHTML(n.Timestamp, n.Format, n.URL, fallback), err
}

// CellText reads a table cell of type raw_text or raw_number.
func (n Node) CellText() (string, error) {
	text, err := n.String(n.Text)
	if err != nil || text != "" || isNothing(n.Value) {
		return text, err
	}
	var number json.Number
	if err := json.Unmarshal(n.Value, &number); err != nil {
		return "", fmt.Errorf("read number: %w", err)
	}
	return number.String(), nil
}

// Source returns an image's address if a browser may load it: https, a local address, or an uploaded file.
func (n Node) Source() string {
	if n.SlackFile.ID != "" && n.draw.reader.FileURL != nil {
		return n.draw.reader.FileURL(n.SlackFile.ID)
	}
	if !safeURL(n.ImageURL) || strings.HasPrefix(n.ImageURL, "mailto:") {
		return ""
	}
	return n.ImageURL
}

// SafeURL returns address if it leads to http, https or mailto, else "".
func (n Node) SafeURL(address string) string {
	if safeURL(address) {
		return address
	}
	return ""
}

// Kind names how the page's scripts read what an element shows.
func (n Node) Kind() string {
	switch {
	case n.Type == "overflow", n.Type == "button", n.Type == "icon_button", n.Type == "feedback_buttons":
		return n.Type
	case strings.HasPrefix(n.Type, "multi_"):
		return "choices"
	case strings.HasSuffix(n.Type, "_select"):
		return "choice"
	default:
		return n.Type
	}
}

// AcceptedFiles are the file types that a file_input takes, as an input field wants them; "" is all.
func (n Node) AcceptedFiles() string {
	if len(n.Filetypes) == 0 {
		return ""
	}
	return "." + strings.Join(n.Filetypes, ",.")
}

// OptionSource is where a select's options come from that are not in the block: users, channels, conversations or external; "" for those that are.
func (n Node) OptionSource() string {
	name := strings.TrimSuffix(strings.TrimPrefix(n.Type, "multi_"), "_select")
	if name == "static" {
		return ""
	}
	return name
}

// item is an option, ready to be listed.
type item struct {
	Value, URL        string
	Text, Description template.HTML
}

// Item prepares an option for a menu.
func (n Node) Item(o option) item {
	return item{Value: o.Value, URL: n.SafeURL(o.URL), Text: n.DrawText(o.Text), Description: n.DrawText(o.Description)}
}

// OptionValue reads the value of a node that is itself an option.
func (n Node) OptionValue() (string, error) { return n.String(n.Value) }

// PlaceholderText is what an empty element shows, as plain characters.
func (n Node) PlaceholderText() string {
	text := n.draw.words(n.Placeholder)
	if text == "" && strings.HasSuffix(n.Type, "_select") {
		return "Select…"
	}
	return text
}

// AccessibleName names an element for screen readers: by the label of its input block, else by its placeholder or type.
func (n Node) AccessibleName() string {
	return cmp.Or(n.label, n.draw.words(n.Placeholder), strings.ReplaceAll(n.Type, "_", " "))
}

// words are the characters of a text object without markup.
func (d *drawing) words(raw json.RawMessage) string {
	var object struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &object) != nil {
		return ""
	}
	return mrkdwn{draw: d}.plain(object.Text)
}

// DrawFeedback draws one of the two feedback buttons.
func (n Node) DrawFeedback(raw json.RawMessage, icon string) (template.HTML, error) {
	var button struct {
		Text  json.RawMessage `json:"text"`
		Value string          `json:"value"`
		Label string          `json:"accessibility_label"`
	}
	if err := json.Unmarshal(raw, &button); err != nil {
		return "", fmt.Errorf("read feedback button: %w", err)
	}
	var out strings.Builder
	err := n.draw.templates.ExecuteTemplate(&out, "feedback", map[string]any{
		"Value": button.Value, "Label": button.Label, "Icon": icon, "HTML": n.DrawText(button.Text),
	})
	return template.HTML(out.String()), err //nolint:gosec // html/template wrote it
}

// choice is one selected entry of a select.
type choice struct {
	Value string
	Text  template.HTML
}

// Chosen returns what a select shows at first.
func (n Node) Chosen() []choice {
	options := slices.Concat(n.InitialOptions, first(n.InitialOption))
	chosen := make([]choice, 0, len(options))
	for _, o := range options {
		chosen = append(chosen, choice{o.Value, n.DrawText(o.Text)})
	}
	for _, id := range slices.Concat(n.InitialUsers, nonEmpty(n.InitialUser)) {
		chosen = append(chosen, choice{id, escaped(n.draw.reader.name(n.draw.reader.User, id, ""))})
	}
	for _, id := range slices.Concat(n.InitialChannels, n.InitialConversations, nonEmpty(n.InitialChannel), nonEmpty(n.InitialConversation)) {
		chosen = append(chosen, choice{id, escaped("#" + n.draw.reader.name(n.draw.reader.Channel, id, ""))})
	}
	return chosen
}

// IsInitial tells whether an option is chosen at first, for checkboxes and radio buttons.
func (n Node) IsInitial(o option) bool {
	initial := slices.Concat(n.InitialOptions, first(n.InitialOption))
	return slices.ContainsFunc(initial, func(i option) bool { return i.Value == o.Value })
}

// DateTimeLocal is the initial date and time in the reader's zone, as an input field wants it.
func (n Node) DateTimeLocal() string {
	if n.InitialDateTime == 0 {
		return ""
	}
	return time.Unix(n.InitialDateTime, 0).In(n.draw.reader.location()).Format("2006-01-02T15:04")
}

// InitialText is what a text input shows at first; of a rich text only the words.
func (n Node) InitialText() string {
	var text string
	if json.Unmarshal(n.InitialValue, &text) == nil {
		return text
	}
	return richWords(n.InitialValue)
}

// PressesOn tells when typing in an input tells the app: "", "enter" or "change".
func (n Node) PressesOn() string {
	switch {
	case slices.Contains(n.DispatchConfig.TriggerActionsOn, "on_character_entered"):
		return "change"
	default:
		return "enter"
	}
}

// Domain returns the host of an address, for showing where a link leads.
func (n Node) Domain(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// richWords joins the words of a rich text.
func richWords(raw json.RawMessage) string {
	var node struct {
		Text     string            `json:"text"`
		Elements []json.RawMessage `json:"elements"`
	}
	if json.Unmarshal(raw, &node) != nil {
		return ""
	}
	words := node.Text
	for _, element := range node.Elements {
		words += richWords(element)
	}
	return words
}

func first(o *option) []option {
	if o == nil {
		return nil
	}
	return []option{*o}
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func escaped(text string) template.HTML {
	return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // escaped
}
