// Which classes are read from which sources, and what was read; what PowerShell reads is added source by source.
namespace Itms
{
    public delegate void Reading(Instance one, List<Row> rows);

    public sealed class Machine
    {
        private sealed class Source
        {
            public string Class;
            public string Name;
            public Reading Read;
            public bool IsOptional;
        }

        private readonly List<Source> sources = new List<Source>();
        private readonly Dictionary<string, List<Instance>> found = new Dictionary<string, List<Instance>>();
        private readonly List<Row> recent = new List<Row>();
        private readonly Dictionary<string, string> failed = new Dictionary<string, string>();

        public Machine()
        {
            Feed("identification", "cim root/cimv2 Win32_ComputerSystem", Hardware.Names);
            Feed("identification", "cim root/cimv2 Win32_ComputerSystemProduct", Hardware.Product);
            Feed("identification", "cim root/cimv2 Win32_BIOS", Hardware.Serial);
            Feed("identification", "cim root/cimv2 Win32_SystemEnclosure", Hardware.AssetTag);
            Feed("identification", "registry cryptography", Hardware.MachineGuid);
            Feed("hardware", "cim root/cimv2 Win32_ComputerSystem", Hardware.Machine);
            Feed("hardware", "cim root/cimv2 Win32_SystemEnclosure", Hardware.Chassis);
            Feed("hardware", "cim root/cimv2 Win32_BaseBoard", Hardware.Board);
            Feed("bios", "cim root/cimv2 Win32_BIOS", Hardware.Bios);
            Feed("operating_system", "cim root/cimv2 Win32_OperatingSystem", Hardware.OperatingSystem);
            Feed("processors", "cim root/cimv2 Win32_Processor", Hardware.Processor);
            Feed("memory_modules", "cim root/cimv2 Win32_PhysicalMemory", Hardware.Memory);
            Feed("disks", "cim root/cimv2 Win32_DiskDrive", Hardware.Disk);
            Feed("filesystems", "cim root/cimv2 Win32_LogicalDisk", Hardware.Drive);
            Feed("encryption", "cim root/cimv2/Security/MicrosoftVolumeEncryption Win32_EncryptableVolume", Hardware.Encryption);
            Feed("graphics_cards", "cim root/cimv2 Win32_VideoController", Hardware.Graphics);
            Feed("tpm", "cim root/cimv2/Security/MicrosoftTpm Win32_Tpm", Hardware.Tpm);
            Feed("network_interfaces", "cim root/cimv2 Win32_NetworkAdapter", Hardware.Interface);
            Feed("network_interfaces", "cim root/cimv2 Win32_NetworkAdapterConfiguration", Hardware.Interface);
            Feed("interface_addresses", "cim root/cimv2 Win32_NetworkAdapterConfiguration", Hardware.Addresses);
            Feed("dns_settings", "cim root/cimv2 Win32_NetworkAdapterConfiguration", Hardware.Dns);
            Feed("routes", "cim root/StandardCimv2 MSFT_NetRoute", Hardware.Route);
            Feed("local_users", "cim root/cimv2 Win32_UserAccount", Software.User);
            Feed("local_groups", "groups", Software.Group);
            Feed("software", "registry programs", Software.Program);
            Feed("software", "apps", Software.App, true);
            Feed("patches", "cim root/cimv2 Win32_QuickFixEngineering", Software.Hotfix);
            Feed("patches", "registry programs", Software.ProgramPatch);
            Feed("services", "cim root/cimv2 Win32_Service", Software.Service);
            Feed("startup_items", "cim root/cimv2 Win32_StartupCommand", Software.Startup);
            Feed("scheduled_jobs", "tasks", Software.ScheduledTask);
            Feed("antivirus", "cim root/SecurityCenter2 AntiVirusProduct", Software.Antivirus, true);
            Feed("antivirus", "cim root/Microsoft/Windows/Defender MSFT_MpComputerStatus", Software.Defender, true);
            Feed("firewall", "registry firewall", Software.FirewallProfile);
            Feed("firewall_rules", "registry firewall rules", Software.FirewallRules);
            Feed("last_logon", "registry logon", Software.LastLogon);
            Feed("logons", "cim root/cimv2 Win32_ComputerSystem", Software.Logon);
            Feed("network_shares", "cim root/cimv2 Win32_Share", Software.Share);
            Feed("printers", "cim root/cimv2 Win32_Printer", Software.Printer);
            Feed("user_profiles", "cim root/cimv2 Win32_UserProfile", Software.Profile);
            Feed("processes", "cim root/cimv2 Win32_Process", Software.Process);
        }

        private void Feed(string name, string source, Reading read)
        {
            Feed(name, source, read, false);
        }

        private void Feed(string name, string source, Reading read, bool isOptional)
        {
            var one = new Source();
            one.Class = name;
            one.Name = source;
            one.Read = read;
            one.IsOptional = isOptional;
            sources.Add(one);
        }

        public string[] Classes()
        {
            var names = new List<string>();
            foreach (Source one in sources)
            {
                if (!names.Contains(one.Class)) names.Add(one.Class);
            }
            return names.ToArray();
        }

        // The sources of a class that were not read yet.
        public string[] Wanted(string name)
        {
            var names = new List<string>();
            foreach (Source one in sources)
            {
                bool isRead = found.ContainsKey(one.Name) || failed.ContainsKey(one.Name);
                if (one.Class == name && !isRead && !names.Contains(one.Name)) names.Add(one.Name);
            }
            return names.ToArray();
        }

        public void Add(string source, List<Instance> instances)
        {
            found[source] = instances;
        }

        public void Fail(string source, string why)
        {
            failed[source] = source.Substring(source.LastIndexOf(' ') + 1) + ": " + Json.Plain(why).Split('\n')[0];
        }

        // Tells a class; whatever goes wrong in it stays in it.
        public void Tell(Answer answer, string name, double seconds)
        {
            var rows = new List<Row>();
            var why = new List<string>();
            var absent = new List<string>();
            bool isRead = false;
            foreach (Source one in sources)
            {
                if (one.Class != name) continue;
                string reason;
                if (failed.TryGetValue(one.Name, out reason))
                {
                    (one.IsOptional ? absent : why).Add(reason);
                    continue;
                }
                List<Instance> instances;
                if (!found.TryGetValue(one.Name, out instances)) continue;
                isRead = true;
                var own = new List<Row>();
                foreach (Instance instance in instances)
                {
                    try
                    {
                        one.Read(instance, own);
                    }
                    catch (Exception error)
                    {
                        if (!why.Contains(one.Name + ": " + error.Message)) why.Add(one.Name + ": " + error.Message);
                    }
                }
                rows.AddRange(own);
            }
            if (!isRead) why.AddRange(absent);
            string said = string.Join("; ", why.ToArray());
            if (isRead) answer.Tell(name, rows.ConvertAll<Dictionary<string, object>>(Plain), said);
            else answer.Unread(name, said.Length > 0 ? said : "nothing on Windows tells it");
            recent.Add(new Row()
                .Put("class", name)
                .Put("gathered_at", DateTime.UtcNow)
                .Put("state", !isRead ? (said.Length > 0 ? "failed" : "unsupported") : said.Length > 0 ? "partial" : "complete")
                .Put("why", said)
                .Put("source", "gatherer")
                .Put("rows", (long)rows.Count)
                .Put("duration_s", Math.Round(seconds, 3)));
        }

        public void Recency(Answer answer)
        {
            answer.Tell("recency", recent.ConvertAll<Dictionary<string, object>>(Plain), "");
        }

        private static Dictionary<string, object> Plain(Row row)
        {
            return row;
        }
    }
}
