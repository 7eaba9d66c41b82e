package blockkit

import (
	"encoding/json"
	"fmt"
	"html/template"
)

// cell is one cell of a table.
type cell struct {
	HTML   template.HTML
	Align  string
	Header bool
	Wraps  bool
}

// Cells draws the rows of a table or data table.
func (n Node) Cells() ([][]cell, error) {
	var rows [][]json.RawMessage
	if err := json.Unmarshal(n.Rows, &rows); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	out := make([][]cell, 0, len(rows))
	for _, row := range rows {
		cells := make([]cell, 0, len(row))
		for i, raw := range row {
			drawn := cell{HTML: n.draw.one("cell", n.BlockID, raw), Header: n.Type == "data_table" && i == n.RowHeader}
			if isNumber(raw) {
				drawn.Align = "right"
			}
			if i < len(n.ColumnSettings) {
				drawn.Wraps = n.ColumnSettings[i].IsWrapped
				if align := n.ColumnSettings[i].Align; align != "" {
					drawn.Align = align
				}
			}
			cells = append(cells, drawn)
		}
		out = append(out, cells)
	}
	return out, nil
}

func isNumber(raw json.RawMessage) bool {
	var cell struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(raw, &cell) == nil && cell.Type == "raw_number"
}

// layoutItem is one place in a row of a layout block.
type layoutItem struct {
	Block json.RawMessage `json:"block"`
	Width string          `json:"width"`
	Align string          `json:"horizontal_alignment"`
}

// LayoutRows reads the rows of a layout block.
func (n Node) LayoutRows() ([][]layoutItem, error) {
	var rows []struct {
		Items []layoutItem `json:"items"`
	}
	if err := json.Unmarshal(n.Rows, &rows); err != nil {
		return nil, fmt.Errorf("read layout: %w", err)
	}
	out := make([][]layoutItem, 0, len(rows))
	for _, row := range rows {
		out = append(out, row.Items)
	}
	return out, nil
}
