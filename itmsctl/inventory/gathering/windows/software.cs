// Rows of accounts and of what is installed, runs or protects.
namespace Itms
{
    public static class Software
    {
        private static readonly Regex Patch = new Regex(
            "^(?:(?:.*_)?(KB[0-9]{6,8})(?:\\.\\S*)?|.*\\((KB[0-9]{6,8})\\).*)$");
        private static readonly Regex Updates = new Regex("^(Security Update|Update Rollup|Hotfix)$");

        // A key of the list of programs; its path is in `@key`, its own name in `@name`.
        public static void Program(Instance one, List<Row> rows)
        {
            if (one["DisplayName"].Length == 0 || Patch.IsMatch(one["@name"]) || Updates.IsMatch(one["ReleaseType"])) return;
            object size = one.Whole("EstimatedSize");
            Match user = Regex.Match(one["@key"], "^HKEY_USERS\\\\([^\\\\]+)");
            bool isMsi = one["WindowsInstaller"] == "1" && Regex.IsMatch(one["@name"], "^\\{[0-9A-Fa-f-]{36}\\}$");
            if (one.Said("DisplayName") == null) return;
            rows.Add(new Row()
                .Put("name", one.Said("DisplayName"))
                .Put("version", one.Said("DisplayVersion"))
                .Put("architecture", one["@key"].ToLowerInvariant().Contains("\\wow6432node\\") ? "x86" : null)
                .Put("source", isMsi ? "msi" : "registry")
                .Put("user", user.Success ? user.Groups[1].Value : null)
                .Put("publisher", one.Said("Publisher"))
                .Put("summary", one.Said("Comments"))
                .Put("size_bytes", size == null || (long)size == 0 ? null : (object)((long)size * 1024))
                .Put("installed_at", Words.DayAt(one["InstallDate"]))
                .Put("path", one.Said("InstallLocation"))
                .Put("url", one.Said("URLInfoAbout", "HelpLink"))
                .Put("product_id", one["@name"])
                .Put("uninstall_command", one.Said("UninstallString"))
                .Put("is_system", one["SystemComponent"] == "1" ? (object)true : null));
        }

        public static void ProgramPatch(Instance one, List<Row> rows)
        {
            Match found = Patch.Match(one["@name"]);
            if (!found.Success) found = Patch.Match(one["DisplayName"]);
            if (one["DisplayName"].Length == 0 || !found.Success) return;
            rows.Add(new Row()
                .Put("id", found.Groups[1].Success ? found.Groups[1].Value : found.Groups[2].Value)
                .Put("title", one["DisplayName"])
                .Put("type", one["ReleaseType"])
                .Put("product", one["ParentDisplayName"])
                .Put("installed_at", Words.DayAt(one["InstallDate"]))
                .Put("url", one["HelpLink"]));
        }

        // Of Win32_QuickFixEngineering; the day that it was installed on comes as a moment, or as month/day/year.
        public static void Hotfix(Instance one, List<Row> rows)
        {
            if (!Regex.IsMatch(one["HotFixID"], "^KB[0-9]+$")) return;
            object at = one.When("InstalledOn");
            DateTime day;
            if (at == null && DateTime.TryParseExact(one["InstalledOn"], "M/d/yyyy", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out day)) at = day;
            rows.Add(new Row()
                .Put("id", one["HotFixID"])
                .Put("type", one["Description"])
                .Put("installed_at", at)
                .Put("installed_by", one["InstalledBy"])
                .Put("url", one["Caption"]));
        }

        public static void App(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("name", one["Name"])
                .Put("version", one["Version"])
                .Put("architecture", one["Architecture"].ToLowerInvariant())
                .Put("source", "store")
                .Put("publisher", one.Or("PublisherDisplayName", "Publisher"))
                .Put("path", one["InstallLocation"])
                .Put("product_id", one["PublisherId"])
                .Put("is_system", one["SignatureKind"] == "System" ? (object)true : null));
        }

        public static void User(Instance one, List<Row> rows)
        {
            if (!one.Has("SID", "Name")) return;
            object expires = one.Truth("PasswordExpires");
            rows.Add(new Row()
                .Put("name", one["Name"])
                .Put("uid", one["SID"])
                .Put("full_name", one["FullName"])
                .Put("is_disabled", one.Truth("Disabled"))
                .Put("is_locked", one.Truth("Lockout"))
                .Put("is_admin", one["SID"].EndsWith("-500") ? (object)true : null)
                .Put("password_never_expires", expires == null ? null : (object)!(bool)expires));
        }

        public static void Group(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("name", one["Name"])
                .Put("gid", one["SID"])
                .Put("description", one["Description"])
                .Put("members", one.Members("@members")));
        }

        public static void Service(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("name", one["Name"])
                .Put("display_name", one["DisplayName"])
                .Put("description", one["Description"])
                .Put("manager", "windows")
                .Put("state", one["State"].ToLowerInvariant())
                .Put("start_mode", one["StartMode"].ToLowerInvariant())
                .Put("path", Secrets.Masked(one["PathName"]))
                .Put("user", one["StartName"])
                .Put("exit_status", one.Whole("ExitCode"))
                .Put("pid", one["ProcessId"] == "0" ? null : one.Whole("ProcessId")));
        }

        public static void Startup(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("source", one["Location"])
                .Put("name", one.Or("Name", "Caption"))
                .Put("command", Secrets.Masked(one["Command"]))
                .Put("user", one["User"]));
        }

        public static void ScheduledTask(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("source", "task scheduler")
                .Put("name", one["TaskPath"] + one["TaskName"])
                .Put("user", one["@user"])
                .Put("command", Secrets.Masked(one["@command"]))
                .Put("is_enabled", one["State"].Length == 0 ? null : (object)(one["State"] != "1")));
        }

        // The second and third byte of the state say whether it is on, and whether its definitions are current.
        public static void Antivirus(Instance one, List<Row> rows)
        {
            object state = one.Whole("productState");
            long bits = state == null ? 0 : (long)state;
            rows.Add(new Row()
                .Put("name", one["displayName"])
                .Put("is_enabled", state == null ? null : (object)((bits >> 12 & 0xf) == 1))
                .Put("is_current", state == null ? null : (object)((bits & 0xff) == 0))
                .Put("agent_id", one["instanceGuid"]));
        }

        public static void Defender(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("name", "Windows Defender")
                .Put("publisher", "Microsoft")
                .Put("version", one["AMProductVersion"])
                .Put("is_enabled", one.Truth("AntivirusEnabled"))
                .Put("engine_version", one["AMEngineVersion"])
                .Put("definitions_version", one["AntivirusSignatureVersion"])
                .Put("definitions_at", one.When("AntivirusSignatureLastUpdated")));
        }

        public static void FirewallProfile(Instance one, List<Row> rows)
        {
            Match profile = Regex.Match(one["@key"], "\\\\(Domain|Public|Standard)Profile$");
            if (!profile.Success || !one.Has("EnableFirewall")) return;
            string name = profile.Groups[1].Value == "Standard" ? "Private" : profile.Groups[1].Value;
            rows.Add(new Row().Put("name", name).Put("is_enabled", one["EnableFirewall"] == "1"));
        }

        // Rules stand in one key, each a value such as v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=22|Name=sshd|
        public static void FirewallRules(Instance one, List<Row> rows)
        {
            foreach (string key in one.Names)
            {
                if (!one[key].StartsWith("v2.")) continue;
                var said = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
                foreach (string part in one[key].Split('|'))
                {
                    int apart = part.IndexOf('=');
                    if (apart < 0) continue;
                    string name = part.Substring(0, apart);
                    if (!said.ContainsKey(name)) said[name] = new List<string>();
                    said[name].Add(part.Substring(apart + 1));
                }
                rows.Add(new Row()
                    .Put("chain", Words.Of(First(said, "Dir"), "In", "in", "Out", "out"))
                    .Put("name", key)
                    .Put("direction", Words.Of(First(said, "Dir"), "In", "in", "Out", "out"))
                    .Put("action", First(said, "Action").ToLowerInvariant())
                    .Put("protocol", Words.Of(First(said, "Protocol"), "6", "tcp", "17", "udp", "1", "icmp", "58", "icmpv6")
                        ?? First(said, "Protocol"))
                    .Put("source", All(said, "RA4", "RA6"))
                    .Put("source_port", All(said, "RPort"))
                    .Put("destination", All(said, "LA4", "LA6"))
                    .Put("destination_port", All(said, "LPort", "LPort2_10"))
                    .Put("program", First(said, "App"))
                    .Put("profile", said.ContainsKey("Profile") ? said["Profile"] : null)
                    .Put("is_enabled", First(said, "Active").ToUpperInvariant() == "TRUE")
                    .Put("rule", First(said, "Name")));
            }
        }

        private static string First(Dictionary<string, List<string>> said, string name)
        {
            return said.ContainsKey(name) ? said[name][0] : "";
        }

        private static string All(Dictionary<string, List<string>> said, params string[] names)
        {
            var found = new List<string>();
            foreach (string name in names)
            {
                if (said.ContainsKey(name)) found.AddRange(said[name]);
            }
            return string.Join(",", found.ToArray());
        }

        public static void LastLogon(Instance one, List<Row> rows)
        {
            string user = one.Or("LastLoggedOnSAMUser", "LastLoggedOnUser");
            if (user.Length == 0) return;
            int apart = user.LastIndexOf('\\');
            string domain = apart < 0 ? "" : user.Substring(0, apart);
            rows.Add(new Row().Put("user", user.Substring(apart + 1)).Put("domain", domain == "." ? null : domain));
        }

        public static void Logon(Instance one, List<Row> rows)
        {
            string user = one["UserName"];
            if (user.Length == 0) return;
            int apart = user.LastIndexOf('\\');
            rows.Add(new Row()
                .Put("user", user.Substring(apart + 1))
                .Put("domain", apart < 0 ? null : user.Substring(0, apart))
                .Put("type", "console")
                .Put("terminal", "console")
                .Put("is_active", true));
        }

        public static void Share(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("name", one["Name"]).Put("type", "smb").Put("path", one["Path"]).Put("comment", one["Description"]));
        }

        public static void Printer(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("name", one["Name"])
                .Put("driver", one["DriverName"])
                .Put("port", one["PortName"])
                .Put("location", one["Location"])
                .Put("comment", one["Comment"])
                .Put("server", one["ServerName"].Trim('\\'))
                .Put("share_name", one["ShareName"])
                .Put("is_shared", one.Truth("Shared"))
                .Put("is_network", one.Truth("Network"))
                .Put("is_default", one.Truth("Default")));
        }

        public static void Profile(Instance one, List<Row> rows)
        {
            if (one["Special"] == "TRUE") return;
            string path = one["LocalPath"];
            rows.Add(new Row()
                .Put("user", path.Substring(path.LastIndexOf('\\') + 1))
                .Put("path", path)
                .Put("used_at", one.When("LastUseTime")));
        }

        public static void Process(Instance one, List<Row> rows)
        {
            object memory = one.Whole("WorkingSetSize"), size = one.Whole("VirtualSize");
            rows.Add(new Row()
                .Put("pid", one.Whole("ProcessId"))
                .Put("parent_pid", one.Whole("ParentProcessId"))
                .Put("name", one["Name"])
                .Put("command", Secrets.Masked(one["CommandLine"]))
                .Put("path", one["ExecutablePath"])
                .Put("started_at", one.When("CreationDate"))
                .Put("memory_kib", Words.Shifted(memory, 10))
                .Put("virtual_kib", Words.Shifted(size, 10)));
        }
    }

    // Command lines without what looks like a secret.
    public static class Secrets
    {
        private static readonly Regex Named = new Regex(
            "((?:^|[\\s/\"'-])(?:[\\w-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api-?key)[\\w-]*)(?:\\s*[=:]\\s*|\\s+))(\"[^\"]*\"|\\S+)",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        private static readonly Regex Url = new Regex("(://[^/@\\s:]*:)[^@\\s]*@");

        public static string Masked(string command)
        {
            return Url.Replace(Named.Replace(command ?? "", "$1***"), "$1***@");
        }
    }
}
