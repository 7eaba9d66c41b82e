package alerts

// Permissions say who may do what. The zero Permissions allow everything to everybody of the workspace.
type Permissions struct{}
