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
	table := extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)) // no style attributes
	engine := goldmark.New(
		goldmark.WithExtensions(table, extension.Strikethrough),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(safeLinks{}, 100))),
	)
	var out bytes.Buffer
	if err := engine.Convert([]byte(source), &out); err != nil {
		return "", fmt.Errorf("draw markdown: %w", err)
	}
	return template.HTML(out.String()), nil //nolint:gosec // without raw HTML, and with safeLinks
}

// safeLinks takes the link away from every address that is not safe; pictures become links, as in Slack.
type safeLinks struct{}

// Transform implements parser.ASTTransformer.
func (safeLinks) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var found []ast.Node
	_ = ast.Walk(doc, func(node ast.Node, entering bool) (ast.WalkStatus, error) { // the walker below never fails
		switch node.Kind() {
		case ast.KindLink, ast.KindImage, ast.KindAutoLink:
			if entering {
				found = append(found, node)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, node := range found {
		replaceLink(node, reader.Source())
	}
}

func replaceLink(node ast.Node, source []byte) {
	var address []byte
	switch node := node.(type) {
	case *ast.Link:
		address = node.Destination
	case *ast.Image:
		address = node.Destination
	case *ast.AutoLink:
		address = node.URL(source)
		if node.AutoLinkType == ast.AutoLinkEmail {
			address = append([]byte("mailto:"), address...)
		}
		node.AppendChild(node, ast.NewString(node.Label(source)))
	}
	parent := node.Parent()
	if safeURL(string(address)) {
		link := ast.NewLink()
		link.Destination = address
		link.SetAttributeString("target", []byte("_blank"))
		link.SetAttributeString("rel", []byte("noopener noreferrer"))
		adopt(link, node)
		parent.ReplaceChild(parent, node, link)
		return
	}
	for child := node.FirstChild(); child != nil; child = node.FirstChild() {
		parent.InsertBefore(parent, node, child)
	}
	parent.RemoveChild(parent, node)
}

func adopt(parent, from ast.Node) {
	for child := from.FirstChild(); child != nil; child = from.FirstChild() {
		parent.AppendChild(parent, child)
	}
}
