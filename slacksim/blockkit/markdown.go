package blockkit

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown draws the standard Markdown of a markdown block. Raw HTML in it is left out.
func (d *drawing) markdown(source string) (template.HTML, error) {
	engine := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(safeLinks{}, 100))),
	)
	var out bytes.Buffer
	if err := engine.Convert([]byte(source), &out); err != nil {
		return "", fmt.Errorf("draw markdown: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // without raw HTML, and with safeLinks
}

// safeLinks empties every address that is not safe; pictures become links, as in Slack.
type safeLinks struct{}

// Transform implements parser.ASTTransformer.
func (safeLinks) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var pictures []*ast.Image
	var unsafe []*ast.AutoLink
	_ = ast.Walk(doc, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Link:
			node.Destination = safeDestination(node.Destination)
		case *ast.Image:
			node.Destination = safeDestination(node.Destination)
			pictures = append(pictures, node)
		case *ast.AutoLink:
			if node.AutoLinkType == ast.AutoLinkURL && !safeURL(string(node.URL(reader.Source()))) {
				unsafe = append(unsafe, node)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, address := range unsafe {
		label := ast.NewString(address.Label(reader.Source()))
		address.Parent().ReplaceChild(address.Parent(), address, label)
	}
	for _, picture := range pictures {
		link := ast.NewLink()
		link.Destination = picture.Destination
		for child := picture.FirstChild(); child != nil; child = picture.FirstChild() {
			link.AppendChild(link, child)
		}
		picture.Parent().ReplaceChild(picture.Parent(), picture, link)
	}
}

func safeDestination(address []byte) []byte {
	if safeURL(string(address)) {
		return address
	}
	return nil
}
