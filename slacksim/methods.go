package slacksim

// The tiers of the Web API, in calls a minute.
const (
	tier2 = 20
	tier3 = 50
	tier4 = 100
)

// methods are the methods of the Web API that are served.
func methods() map[string]method {
	read := []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	history := []string{"channels:history", "groups:history", "im:history", "mpim:history"}
	opening := []string{"im:write", "mpim:write", "channels:manage", "groups:write"}
	write := []string{"chat:write"}
	return map[string]method{
		"apps.connections.open":        {perMinute: tier3, app: true, json: true, run: (*Server).appsConnectionsOpen},
		"auth.test":                    {json: true, run: (*Server).authTest},
		"blocks.validate":              {json: true, open: true, run: (*Server).blocksValidate},
		"bots.info":                    {perMinute: tier3, scopes: []string{"users:read"}, run: (*Server).botsInfo},
		"chat.delete":                  {perMinute: tier3, scopes: write, json: true, run: (*Server).chatDelete},
		"chat.getPermalink":            {run: (*Server).chatGetPermalink},
		"chat.postEphemeral":           {perMinute: tier4, scopes: write, json: true, run: (*Server).chatPostEphemeral},
		"chat.postMessage":             {scopes: write, json: true, run: (*Server).chatPostMessage},
		"chat.update":                  {perMinute: tier3, scopes: write, json: true, run: (*Server).chatUpdate},
		"conversations.history":        {perMinute: tier3, scopes: history, json: true, run: (*Server).conversationsHistory},
		"conversations.info":           {perMinute: tier3, scopes: read, run: (*Server).conversationsInfo},
		"conversations.join":           {perMinute: tier3, scopes: []string{"channels:join"}, json: true, run: (*Server).conversationsJoin},
		"conversations.list":           {perMinute: tier2, scopes: read, run: (*Server).conversationsList},
		"conversations.members":        {perMinute: tier4, scopes: read, run: (*Server).conversationsMembers},
		"conversations.open":           {perMinute: tier3, scopes: opening, json: true, run: (*Server).conversationsOpen},
		"conversations.replies":        {perMinute: tier3, scopes: history, run: (*Server).conversationsReplies},
		"files.completeUploadExternal": {perMinute: tier4, scopes: []string{"files:write"}, json: true, run: (*Server).filesComplete},
		"files.getUploadURLExternal":   {perMinute: tier4, scopes: []string{"files:write"}, run: (*Server).filesGetUploadURL},
		"files.info":                   {perMinute: tier4, scopes: []string{"files:read"}, run: (*Server).filesInfo},
		"reactions.add":                {perMinute: tier3, scopes: []string{"reactions:write"}, json: true, run: (*Server).reactionsAdd},
		"reactions.get":                {perMinute: tier3, scopes: []string{"reactions:read"}, run: (*Server).reactionsGet},
		"reactions.remove":             {perMinute: tier2, scopes: []string{"reactions:write"}, json: true, run: (*Server).reactionsRemove},
		"team.info":                    {perMinute: tier3, scopes: []string{"team:read"}, json: true, run: (*Server).teamInfo},
		"usergroups.list":              {perMinute: tier2, scopes: []string{"usergroups:read"}, run: (*Server).usergroupsList},
		"usergroups.users.list":        {perMinute: tier2, scopes: []string{"usergroups:read"}, run: (*Server).usergroupsUsersList},
		"users.conversations":          {perMinute: tier3, scopes: read, run: (*Server).usersConversations},
		"users.info":                   {perMinute: tier4, scopes: []string{"users:read"}, run: (*Server).usersInfo},
		"users.list":                   {perMinute: tier2, scopes: []string{"users:read"}, run: (*Server).usersList},
		"users.lookupByEmail":          {perMinute: tier3, scopes: []string{"users:read.email"}, run: (*Server).usersLookupByEmail},
		"views.open":                   {perMinute: tier4, json: true, run: (*Server).viewsOpen},
		"views.publish":                {perMinute: tier4, json: true, run: (*Server).viewsPublish},
		"views.push":                   {perMinute: tier4, json: true, run: (*Server).viewsPush},
		"views.update":                 {perMinute: tier4, json: true, run: (*Server).viewsUpdate},
	}
}
