package demo

// The people on our side.
const (
	maria = "maria@example.com"
	ben   = "ben@example.com"
	tom   = "tom@example.com" // sales
)

// trend is how an account's usage moves.
type trend int

const (
	steady trend = iota
	growing
	sliding // slowly, for weeks
	falling // fast, for a week
)

// contact is a person at an account.
type contact struct{ name, title string }

// account is a customer of the demo. An arr or renewsIn of 0, a health and a stage of "" are not told to the bot.
type account struct {
	id, name, domain           string
	aliases                    []string
	segment, region, tier      string
	plan                       string
	arr, seats, users          int    // users: active today
	renewsIn, touchedAgo       int    // days
	stage                      string // the milestone reached last, "" for none
	stageAgo                   int    // days
	owner                      string
	health                     string
	score, before              int
	trend                      trend
	nps                        int
	champion, admin, sponsor   contact
	measure, measured, reading string // what moved its health last, from and to
}

var accounts = []account{
	{
		id: "acme", name: "Acme Corp", domain: "acme.example", aliases: []string{"ACME", "Acme Inc"},
		segment: "mid", region: "EMEA", tier: "high", plan: "Scale", arr: 84_000, seats: 60, users: 19, renewsIn: 88, touchedAgo: 41, owner: maria, stage: "value-realization", stageAgo: 41,
		health: "yellow", score: 72, before: 47, trend: falling, nps: 4, measure: "Feature adoption", measured: "22 %", reading: "48 %",
		champion: contact{name: "Dana Weiss", title: "Head of Operations"}, admin: contact{name: "Ravi Menon", title: "Systems Administrator"},
		sponsor: contact{name: "Ingrid Holm", title: "COO"},
	},
	{
		id: "globex", name: "Globex", domain: "globex.example", aliases: []string{"Globex Corporation"},
		segment: "mid", region: "AMER", tier: "high", plan: "Team", arr: 52_000, seats: 45, users: 14, renewsIn: 132, touchedAgo: 23, owner: maria, stage: "first-value", stageAgo: 63,
		health: "red", score: 47, before: 64, trend: sliding, nps: 6, measure: "Exports", measured: "34", reading: "9",
		champion: contact{name: "Priya Rao", title: "VP Operations"}, admin: contact{name: "Jon Reyes", title: "IT Manager"},
	},
	{
		id: "initech", name: "Initech", domain: "initech.example",
		segment: "smb", region: "AMER", tier: "standard", plan: "Team", arr: 31_000, seats: 25, users: 22, renewsIn: 210, touchedAgo: 12, owner: maria, stage: "continued-value", stageAgo: 12,
		health: "green", score: 81, before: 73, trend: growing, nps: 8, measure: "API calls", measured: "18,000 a day", reading: "32,500 a day",
		champion: contact{name: "Bill Lund", title: "Engineering Manager"}, admin: contact{name: "Ken Sato", title: "Platform Lead"},
	},
	{
		id: "hooli", name: "Hooli", domain: "hooli.example",
		segment: "smb", region: "AMER", tier: "standard", plan: "Starter", arr: 9_600, seats: 10, users: 6, renewsIn: 301, touchedAgo: 8, owner: ben, stage: "first-value", stageAgo: 24,
		health: "green", score: 78, before: 70, trend: steady, nps: 7, measure: "Searches", measured: "31", reading: "44",
		champion: contact{name: "Lee Park", title: "Product Manager"},
	},
	{
		id: "soylent", name: "Soylent", domain: "soylent.example", aliases: []string{"Soylent Nutrition"},
		segment: "mid", region: "AMER", tier: "standard", plan: "Team", arr: 38_400, seats: 40, users: 37, renewsIn: 164, touchedAgo: 19, owner: ben, stage: "continued-value", stageAgo: 18,
		health: "green", score: 88, before: 74, trend: growing, nps: 9, measure: "Active users", measured: "26", reading: "37",
		champion: contact{name: "Rosa Delgado", title: "Director of Supply"}, admin: contact{name: "Sam Thorn", title: "IT Lead"},
	},
	{
		id: "vandelay", name: "Vandelay Industries", domain: "vandelay.example", aliases: []string{"Vandelay"},
		segment: "enterprise", region: "EMEA", tier: "high", plan: "Enterprise", arr: 76_000, seats: 90, users: 61, renewsIn: 41, touchedAgo: 30, owner: ben, stage: "value-realization", stageAgo: 75,
		health: "yellow", score: 58, before: 46, trend: sliding, nps: 6, measure: "Tickets per user", measured: "0.21", reading: "0.12",
		champion: contact{name: "Art Vance", title: "Import Director"}, admin: contact{name: "Elaine Marks", title: "Operations Administrator"},
		sponsor: contact{name: "Cosmo Keller", title: "CFO"},
	},
	{
		id: "romashka", name: "ООО «Ромашка»", domain: "romashka.example", aliases: []string{"Ромашка", "Romashka"},
		segment: "mid", region: "EMEA", tier: "standard", plan: "Team", arr: 27_500, seats: 30, users: 18, renewsIn: 119, touchedAgo: 27, owner: maria, stage: "first-value", stageAgo: 33,
		health: "yellow", score: 63, before: 48, trend: sliding, nps: 7, measure: "Active users", measured: "11", reading: "18",
		champion: contact{name: "Анна Петрова", title: "Руководитель отдела"}, admin: contact{name: "Игорь Соколов", title: "Администратор"},
	},
	{
		id: "donau", domain: "donau.example",
		name: "Erste Österreichische Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG, " +
			"Niederlassung Wien-Floridsdorf", aliases: []string{"Donau", "EÖDDSG"},
		segment: "enterprise", region: "EMEA", tier: "standard", plan: "Enterprise", arr: 64_000, seats: 120, users: 83, renewsIn: 247, touchedAgo: 33, owner: ben, stage: "value-realization", stageAgo: 52,
		health: "yellow", score: 68, before: 49, trend: steady, nps: 7, measure: "Exports", measured: "12", reading: "29",
		champion: contact{name: "Maximiliane Freifrau von Hohenstein-Trautenfels", title: "Leiterin Digitalisierung"},
	},
	{
		id: "nakheel", name: "شركة النخيل للتجارة", domain: "nakheel.example", aliases: []string{"Al Nakheel", "النخيل"},
		segment: "mid", region: "EMEA", tier: "standard", plan: "Scale", arr: 45_000, seats: 50, users: 44, renewsIn: 186, touchedAgo: 15, owner: maria, stage: "continued-value", stageAgo: 27,
		health: "green", score: 84, before: 72, trend: growing, nps: 9, measure: "Searches", measured: "190", reading: "262",
		champion: contact{name: "ليلى حداد", title: "مديرة العمليات"},
	},
	{
		id: "pie-sons", name: "Pie & Sons 🥧", domain: "pie.example", aliases: []string{"Pie and Sons"},
		segment: "smb", region: "EMEA", tier: "standard", plan: "Starter", arr: 4_800, seats: 6, users: 5, renewsIn: 73, touchedAgo: 6, owner: ben, stage: "value-growth", stageAgo: 9,
		health: "green", score: 91, before: 74, trend: growing, nps: 10, measure: "Lists", measured: "1", reading: "4",
		champion: contact{name: "Marjorie Pie", title: "Owner"},
	},
	{
		id: "sakura", name: "株式会社さくら", domain: "sakura.example", aliases: []string{"Sakura"},
		segment: "smb", region: "APAC", tier: "standard", plan: "Trial", seats: 8, users: 3, touchedAgo: 2, owner: maria,
		trend: growing, nps: 8, champion: contact{name: "田中 美咲", title: "情報システム部長"},
	},
	{
		id: "nakatomi", name: "Nakatomi Trading", domain: "nakatomi.example", aliases: []string{"Nakatomi"},
		segment: "enterprise", region: "APAC", tier: "high", plan: "Enterprise", arr: 118_000, seats: 150, users: 52, renewsIn: 97, touchedAgo: 36, owner: ben, stage: "continued-value", stageAgo: 88,
		health: "red", score: 38, before: 66, trend: falling, nps: 4, measure: "Active users", measured: "112", reading: "52",
		champion: contact{name: "Holly Gennaro", title: "Director of Corporate Affairs"}, admin: contact{name: "Theo Lang", title: "IT Security Lead"},
		sponsor: contact{name: "Joseph Takagi", title: "President"},
	},
	{
		id: "dunder", name: "Dunder Mifflin", domain: "dunder.example", aliases: []string{"Dunder", "DM Paper"},
		segment: "smb", region: "AMER", tier: "standard", plan: "Team", arr: 14_400, seats: 20, users: 11, renewsIn: 58, touchedAgo: 21, owner: maria, stage: "first-value", stageAgo: 47,
		health: "yellow", score: 55, before: 44, trend: sliding, nps: 6, measure: "Logins", measured: "14", reading: "23",
		champion: contact{name: "Pam Halloran", title: "Office Manager"},
	},
	{
		id: "northwind", name: "Northwind Traders", domain: "northwind.example", aliases: []string{"Northwind"},
		segment: "smb", region: "AMER", tier: "standard", plan: "Starter", arr: 7_200, seats: 8, users: 8, renewsIn: 142, touchedAgo: 17, owner: ben, stage: "first-value", stageAgo: 16,
		health: "green", score: 83, before: 71, trend: growing, nps: 8, measure: "Seats in use", measured: "5", reading: "8",
		champion: contact{name: "Nancy Fuller", title: "Sales Manager"},
	},
	{
		id: "aperture", name: "Aperture Laboratories", domain: "aperture.example", aliases: []string{"Aperture"},
		segment: "mid", region: "AMER", tier: "standard", plan: "Scale", arr: 41_000, seats: 35, users: 24, renewsIn: 276, touchedAgo: 9, owner: maria, stage: "first-search", stageAgo: 20,
		health: "green", score: 77, before: 69, trend: steady, nps: 7, measure: "Training completed", measured: "3", reading: "11",
		champion: contact{name: "Caroline Johnson", title: "Lab Operations Lead"}, admin: contact{name: "Doug Rattmann", title: "Systems Engineer"},
	},
	{
		id: "bluth", name: "Bluth Company", domain: "bluth.example", aliases: []string{"Bluth Homes"},
		segment: "smb", region: "AMER", tier: "standard", plan: "Team", arr: 18_000, seats: 22, users: 17, renewsIn: 115, touchedAgo: 28, owner: ben, stage: "value-realization", stageAgo: 38,
		health: "green", score: 76, before: 70, trend: steady, nps: 5, measure: "Active users", measured: "13", reading: "17",
		champion: contact{name: "Lucille Ostero", title: "Head of Finance"}, admin: contact{name: "Annie Veal", title: "Administrator"},
	},
	{
		id: "sterling", name: "Sterling Cooper Media", domain: "sterling.example", aliases: []string{"Sterling Cooper"},
		segment: "mid", region: "AMER", tier: "high", plan: "Scale", arr: 58_000, seats: 55, users: 46, renewsIn: 151, touchedAgo: 14, owner: maria, stage: "continued-value", stageAgo: 45,
		health: "green", score: 82, before: 73, trend: steady, nps: 8, measure: "Reports shared", measured: "9", reading: "21",
		champion: contact{name: "Joan Harlow", title: "Director of Agency Operations"}, sponsor: contact{name: "Roger Stern", title: "Partner"},
	},
	{
		id: "stark", name: "Stark Fjordkraft AS", domain: "starkfjord.example", aliases: []string{"Stark", "Fjordkraft Møre"},
		segment: "enterprise", region: "EMEA", tier: "high", plan: "Enterprise", arr: 96_000, seats: 110, users: 98, renewsIn: 223, touchedAgo: 11, owner: ben, stage: "value-growth", stageAgo: 30,
		health: "green", score: 89, before: 74, trend: growing, nps: 9, measure: "Integrations", measured: "2", reading: "5",
		champion: contact{name: "Sølvi Nygård", title: "Head of Grid Data"}, admin: contact{name: "Per Åkesson", title: "Platform Owner"},
		sponsor: contact{name: "Tuva Stark", title: "CTO"},
	},
	{
		id: "wayne", name: "Wayne Robotics", domain: "wayne.example",
		segment: "enterprise", region: "AMER", tier: "high", plan: "Enterprise", arr: 132_000, seats: 160, users: 137, renewsIn: 194, touchedAgo: 7, owner: maria, stage: "continued-value", stageAgo: 22,
		health: "green", score: 79, before: 72, trend: steady, nps: 8, measure: "Feature adoption", measured: "51 %", reading: "63 %",
		champion: contact{name: "Lucia Fox", title: "Head of Applied Research"}, admin: contact{name: "Alfred Penn", title: "IT Services"},
		sponsor: contact{name: "Helena Kyle", title: "Chief Digital Officer"},
	},
	{
		id: "lodz", name: "Łódź Logistyka S.A.", domain: "lodz.example", aliases: []string{"Lodz Logistics"},
		segment: "mid", region: "EMEA", tier: "standard", plan: "Team", arr: 22_000, seats: 26, users: 21, renewsIn: 264, touchedAgo: 24, owner: ben, stage: "value-realization", stageAgo: 29,
		health: "green", score: 80, before: 73, trend: steady, nps: 8, measure: "Routes planned", measured: "140", reading: "171",
		champion: contact{name: "Małgorzata Żak", title: "Kierowniczka floty"},
	},
	{
		id: "saobento", name: "São Bento Cafés", domain: "saobento.example", aliases: []string{"Sao Bento"},
		segment: "smb", region: "AMER", tier: "standard", plan: "Starter", arr: 6_000, seats: 8, users: 7, renewsIn: 127, touchedAgo: 20, owner: maria, stage: "first-value", stageAgo: 13,
		health: "green", score: 86, before: 74, trend: growing, nps: 9, measure: "Searches", measured: "18", reading: "41",
		champion: contact{name: "João Bragança", title: "Gerente"},
	},
	{
		id: "cyberdyne", name: "Cyberdyne Analytics", domain: "cyberdyne.example", aliases: []string{"Cyberdyne"},
		segment: "mid", region: "AMER", tier: "standard", plan: "Team", arr: 29_000, seats: 32, users: 31, renewsIn: 178, touchedAgo: 18, owner: ben, stage: "value-realization", stageAgo: 35,
		health: "green", score: 87, before: 73, trend: growing, nps: 8, measure: "Models trained", measured: "6", reading: "19",
		champion: contact{name: "Miles Tarissa", title: "Director of Special Projects"}, admin: contact{name: "Sarah Reese", title: "Data Engineer"},
	},
	{
		id: "meridian", name: "Meridian Hospitals Trust", domain: "meridian.example", aliases: []string{"Meridian"},
		segment: "enterprise", region: "EMEA", tier: "high", plan: "Enterprise", arr: 104_000, seats: 140, users: 121, renewsIn: 329, touchedAgo: 10, owner: ben, stage: "continued-value", stageAgo: 57,
		health: "green", score: 85, before: 74, trend: steady, nps: 8, measure: "Wards live", measured: "7", reading: "12",
		champion: contact{name: "Dr Amara Okafor", title: "Chief Nursing Information Officer"}, admin: contact{name: "Grace Hill", title: "Clinical Systems"},
		sponsor: contact{name: "Sir Alan Whitby", title: "Chief Executive"},
	},
	{
		id: "kiwi", name: "Kiwi & Kea Outdoor", domain: "kiwikea.example", aliases: []string{"Kiwi and Kea"},
		segment: "smb", region: "APAC", tier: "standard", plan: "Team", arr: 12_600, seats: 14, users: 12, renewsIn: 88, touchedAgo: 16, owner: maria, stage: "value-realization", stageAgo: 19,
		health: "green", score: 82, before: 71, trend: steady, nps: 9, measure: "Exports", measured: "6", reading: "14",
		champion: contact{name: "Hine Tūhoe", title: "E-commerce Lead"},
	},
	{
		id: "piper", name: "Pied Piper", domain: "piper.example",
		segment: "smb", region: "AMER", tier: "standard", plan: "Trial", seats: 5, users: 5, touchedAgo: 4, owner: ben,
		trend: growing, nps: 8, champion: contact{name: "Monica Hale", title: "Head of Operations"},
	},
}

// find returns the account of that id. It panics for one that is not in the table: only this package names them.
func find(id string) account {
	for _, a := range accounts {
		if a.id == id {
			return a
		}
	}
	panic("demo: no account " + id)
}
