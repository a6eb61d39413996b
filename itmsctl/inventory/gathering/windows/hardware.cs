// Rows of hardware and operating system, as itmsctl/inventory/parsers/wmi makes them of the same values.
namespace Itms
{
    public static class Hardware
    {
        public static void OperatingSystem(Instance one, List<Row> rows)
        {
            if (!one.Has("Caption", "BuildNumber", "ProductType")) return;
            rows.Add(new Row()
                .Put("name", one.Said("Caption"))
                .Put("full_name", Words.Said(one["Caption"] + " " + one["CSDVersion"]))
                .Put("id", "windows")
                .Put("version", one["Version"])
                .Put("build", one["BuildNumber"])
                .Put("service_pack", one["CSDVersion"])
                .Put("architecture", one.Said("OSArchitecture"))
                .Put("installed_at", one.When("InstallDate"))
                .Put("booted_at", one.When("LastBootUpTime"))
                .Put("is_server", one["ProductType"] == "2" || one["ProductType"] == "3")
                .Put("product_id", one["SerialNumber"])
                .Put("owner", one["RegisteredUser"])
                .Put("organization", one["Organization"])
                .Put("kernel_name", "Windows NT"));
        }

        public static void Bios(Instance one, List<Row> rows)
        {
            if (!one.Has("SMBIOSBIOSVersion")) return;
            List<string> versions = one.Members("BIOSVersion");
            rows.Add(new Row()
                .Put("manufacturer", one.Said("Manufacturer"))
                .Put("version", one.Said("SMBIOSBIOSVersion") ?? (versions.Count > 0 ? Words.Said(versions[0]) : null))
                .Put("released_on", Words.Day(one["ReleaseDate"])));
        }

        // Of Win32_ComputerSystem.
        public static void Machine(Instance one, List<Row> rows)
        {
            if (!one.Has("Manufacturer", "Model")) return;
            bool isVirtual = Regex.IsMatch(one["Manufacturer"] + " " + one["Model"], "BOCHS|BXPC|VMware|Virtual|KVM|QEMU|Xen");
            rows.Add(new Row()
                .Put("manufacturer", one.Said("Manufacturer"))
                .Put("model", one.Said("Model"))
                .Put("family", one.Said("SystemFamily"))
                .Put("sku", one.Said("SystemSKUNumber"))
                .Put("processors", one.Whole("NumberOfProcessors"))
                .Put("threads", one.Whole("NumberOfLogicalProcessors"))
                .Put("memory_mib", Words.Shifted(one.Whole("TotalPhysicalMemory"), 20))
                .Put("is_virtual", isVirtual ? (object)true : null));
        }

        public static void Chassis(Instance one, List<Row> rows)
        {
            List<string> kinds = Words.Members(one["ChassisTypes"]);
            string kind = kinds.Count == 0 ? null : Words.Of(kinds[0],
                "3", "Desktop", "4", "Low Profile Desktop", "5", "Pizza Box", "6", "Mini Tower", "7", "Tower", "8", "Portable",
                "9", "Laptop", "10", "Notebook", "11", "Hand Held", "12", "Docking Station", "13", "All In One",
                "14", "Sub Notebook", "15", "Space-saving", "16", "Lunch Box", "17", "Main Server Chassis",
                "23", "Rack Mount Chassis", "24", "Sealed-case PC", "28", "Blade", "30", "Tablet", "31", "Convertible",
                "32", "Detachable", "35", "Mini PC", "36", "Stick PC");
            rows.Add(new Row()
                .Put("chassis_type", kind)
                .Put("chassis_manufacturer", one.Said("Manufacturer"))
                .Put("chassis_serial", one.Said("SerialNumber"))
                .Put("chassis_asset_tag", one.Said("SMBIOSAssetTag")));
        }

        public static void Board(Instance one, List<Row> rows)
        {
            rows.Add(new Row()
                .Put("board_manufacturer", one.Said("Manufacturer"))
                .Put("board_model", one.Said("Product"))
                .Put("board_serial", one.Said("SerialNumber"))
                .Put("board_version", one.Said("Version")));
        }

        public static void Names(Instance one, List<Row> rows)
        {
            if (!one.Has("DNSHostName", "Domain", "PartOfDomain")) return;
            bool isMember = true.Equals(one.Truth("PartOfDomain"));
            rows.Add(new Row()
                .Put("host_name", one["DNSHostName"])
                .Put("fqdn", isMember ? one["DNSHostName"] + "." + one["Domain"] : null)
                .Put("domain", one["Domain"])
                .Put("domain_type", isMember ? "active-directory" : "workgroup"));
        }

        public static void Product(Instance one, List<Row> rows)
        {
            rows.Add(new Row().Put("uuid", one.Said("UUID")).Put("serial", one.Said("IdentifyingNumber")));
        }

        public static void Serial(Instance one, List<Row> rows)
        {
            rows.Add(new Row().Put("serial", one.Said("SerialNumber")));
        }

        public static void AssetTag(Instance one, List<Row> rows)
        {
            rows.Add(new Row().Put("asset_tag", one.Said("SMBIOSAssetTag")));
        }

        public static void MachineGuid(Instance one, List<Row> rows)
        {
            rows.Add(new Row().Put("machine_id", one["MachineGuid"].Replace("-", "").ToLowerInvariant()));
        }

        public static void Processor(Instance one, List<Row> rows)
        {
            if (!one.Has("MaxClockSpeed", "DeviceID", "Name")) return;
            Match words = Regex.Match(one["Caption"], "Family ([0-9]+) Model ([0-9]+) Stepping ([0-9]+)");
            object cache = one.Whole("L3CacheSize");
            if (cache == null || (long)cache == 0) cache = one.Whole("L2CacheSize");
            rows.Add(new Row()
                .Put("slot", one.Said("SocketDesignation") ?? one["DeviceID"])
                .Put("index", (long)rows.Count)
                .Put("manufacturer", one.Said("Manufacturer"))
                .Put("model", one.Said("Name"))
                .Put("architecture", Words.Of(
                    one["Architecture"], "0", "x86", "5", "arm", "6", "ia64", "9", "x86_64", "12", "aarch64"))
                .Put("family", words.Success ? words.Groups[1].Value : null)
                .Put("model_number", words.Success ? words.Groups[2].Value : null)
                .Put("stepping", words.Success ? words.Groups[3].Value : null)
                .Put("id", one.Said("ProcessorId"))
                .Put("serial", one.Said("SerialNumber"))
                .Put("speed_mhz", one.Whole("MaxClockSpeed"))
                .Put("bus_mhz", one.Whole("ExtClock"))
                .Put("cores", one.Whole("NumberOfCores"))
                .Put("threads", one.Whole("NumberOfLogicalProcessors"))
                .Put("cache_kib", cache == null || (long)cache == 0 ? null : cache));
        }

        public static void Memory(Instance one, List<Row> rows)
        {
            if (!one.Has("Capacity", "DeviceLocator", "FormFactor")) return;
            string type = one["SMBIOSMemoryType"].Length > 0 ? one["SMBIOSMemoryType"] : one["MemoryType"];
            rows.Add(new Row()
                .Put("slot", one.Said("DeviceLocator") ?? one["Tag"])
                .Put("bank", one.Said("BankLabel"))
                .Put("size_mib", Words.Shifted(one.Whole("Capacity"), 20))
                .Put("type", Words.Of(type, "20", "DDR", "21", "DDR2", "24", "DDR3", "26", "DDR4", "34", "DDR5"))
                .Put("form_factor", Words.Of(one["FormFactor"], "8", "DIMM", "12", "SODIMM", "13", "SRIMM"))
                .Put("speed_mhz", one.Whole("Speed"))
                .Put("manufacturer", one.Said("Manufacturer"))
                .Put("part_number", one.Said("PartNumber"))
                .Put("serial", one.Said("SerialNumber"))
                .Put("is_removable", one.Truth("Removable")));
        }

        public static void Disk(Instance one, List<Row> rows)
        {
            if (!one.Has("Model", "Size", "DeviceID")) return;
            string media = one["MediaType"], maker = one["Manufacturer"];
            bool isRemovable = media.Contains("Removable") || media.Contains("External");
            object size = one.Whole("Size");
            rows.Add(new Row()
                .Put("name", one["DeviceID"])
                .Put("manufacturer", maker.Contains("tandard") ? null : Words.Said(maker.Trim('(', ')')))
                .Put("model", one.Said("Model"))
                .Put("serial", one.Said("SerialNumber"))
                .Put("firmware", one.Said("FirmwareRevision"))
                .Put("size_bytes", size == null || (long)size == 0 ? null : size)
                .Put("type", isRemovable ? "removable" : Regex.IsMatch(one["Model"], "NVMe|SSD") ? "ssd" : null)
                .Put("interface", one["InterfaceType"].ToLowerInvariant())
                .Put("is_removable", isRemovable ? (object)true : null)
                .Put("description", Words.Said(media)));
        }

        public static void Drive(Instance one, List<Row> rows)
        {
            object total = one.Whole("Size"), free = one.Whole("FreeSpace");
            if (one["FileSystem"].Length == 0 && (total == null || (long)total == 0)) return;
            rows.Add(new Row()
                .Put("mount_point", one.Or("Name", "DeviceID"))
                .Put("device", one.Or("ProviderName", "DeviceID"))
                .Put("type", one["FileSystem"])
                .Put("label", one["VolumeName"])
                .Put("serial", one["VolumeSerialNumber"])
                .Put("size_bytes", total)
                .Put("free_bytes", free)
                .Put("used_bytes", total != null && (long)total > 0 && free != null ? (object)((long)total - (long)free) : null)
                .Put("is_remote", one["DriveType"] == "4" ? (object)true : null));
        }

        public static void Encryption(Instance one, List<Row> rows)
        {
            if (!one.Has("ProtectionStatus", "DeviceID")) return;
            rows.Add(new Row()
                .Put("volume", one.Or("DriveLetter", "DeviceID"))
                .Put("product", "BitLocker")
                .Put("status", Words.Of(one["ConversionStatus"], "0", "decrypted", "1", "encrypted", "2", "encrypting",
                    "3", "decrypting", "4", "encryption paused", "5", "decryption paused"))
                .Put("is_protected", one["ProtectionStatus"] == "1")
                .Put("algorithm", Words.Of(one["EncryptionMethod"], "1", "AES-128 with diffuser", "2", "AES-256 with diffuser",
                    "3", "AES-128", "4", "AES-256", "6", "XTS-AES-128", "7", "XTS-AES-256")));
        }

        public static void Graphics(Instance one, List<Row> rows)
        {
            object wide = one.Whole("CurrentHorizontalResolution"), high = one.Whole("CurrentVerticalResolution");
            bool isOn = wide != null && high != null && (long)wide > 0 && (long)high > 0;
            rows.Add(new Row()
                .Put("name", one.Said("Name", "Caption"))
                .Put("slot", one["PNPDeviceID"])
                .Put("manufacturer", one.Said("AdapterCompatibility"))
                .Put("chipset", one.Said("VideoProcessor"))
                .Put("memory_mib", Words.Shifted(one.Whole("AdapterRAM"), 20))
                .Put("driver_version", one.Said("DriverVersion"))
                .Put("driver_at", Words.When(one["DriverDate"].Replace("-000", "+000")))
                .Put("resolution", isOn ? wide + "x" + high : null));
        }

        public static void Tpm(Instance one, List<Row> rows)
        {
            string version = one["SpecVersion"].Split(',')[0];
            rows.Add(new Row()
                .Put("manufacturer", one.Said("ManufacturerIdTxt"))
                .Put("version", version)
                .Put("firmware", one.Said("ManufacturerVersion"))
                .Put("is_enabled", one.Truth("IsEnabled_InitialValue"))
                .Put("is_activated", one.Truth("IsActivated_InitialValue"))
                .Put("is_owned", one.Truth("IsOwned_InitialValue")));
        }

        public static void Interface(Instance one, List<Row> rows)
        {
            if (!one.Has("Index")) return;
            object speed = one.Whole("Speed"), physical = one.Truth("PhysicalAdapter");
            bool isSetting = one.Has("IPEnabled");
            List<string> gateways = Words.Addresses(one.Members("DefaultIPGateway"));
            rows.Add(new Row()
                .Put("name", one["Index"] + ": " + one.Or("Description", "Name"))
                .Put("description", one.Said("NetConnectionID", "Description", "Name"))
                .Put("manufacturer", isSetting ? null : one.Said("Manufacturer"))
                .Put("mac_address", Words.Mac(one["MACAddress"]))
                .Put("speed_mbps", speed != null && (long)speed > 0 && (long)speed < 10000000000000 ? (object)((long)speed / 1000000) : null)
                .Put("state", Words.Of(one["NetConnectionStatus"], "2", "up", "7", "down", "0", "down"))
                .Put("mtu", one.Whole("MTU"))
                .Put("is_virtual", physical == null ? null : (object)!(bool)physical)
                .Put("is_dhcp", one.Truth("DHCPEnabled"))
                .Put("dhcp_server", Words.Address(one["DHCPServer"]))
                .Put("gateway", gateways.Count > 0 ? gateways[0] : null)
                .Put("dns_servers", Words.Addresses(one.Members("DNSServerSearchOrder")))
                .Put("dns_suffix", one["DNSDomain"])
                .Put("pnp_id", one["PNPDeviceID"])
                .Put("driver", one["ServiceName"]));
        }

        public static void Addresses(Instance one, List<Row> rows)
        {
            if (!one.Has("IPAddress", "IPSubnet", "Index")) return;
            List<string> masks = one.Members("IPSubnet"), found = one.Members("IPAddress");
            for (int place = 0; place < found.Count; place++)
            {
                string mask = place < masks.Count ? masks[place] : "", address = Words.Address(found[place]);
                if (address == null) continue;
                rows.Add(new Row()
                    .Put("interface", one["Index"] + ": " + one["Description"])
                    .Put("address", address)
                    .Put("prefix_length", Words.MaskLength(mask))
                    .Put("netmask", mask.IndexOf('.') >= 0 ? mask : null));
            }
        }

        public static void Dns(Instance one, List<Row> rows)
        {
            List<string> servers = Words.Addresses(one.Members("DNSServerSearchOrder"));
            if (servers.Count == 0) return;
            rows.Add(new Row()
                .Put("servers", servers)
                .Put("search", one.Members("DNSDomainSuffixSearchOrder"))
                .Put("domain", one["DNSDomain"]));
        }

        public static void Route(Instance one, List<Row> rows)
        {
            if (!one.Has("DestinationPrefix")) return;
            rows.Add(new Row()
                .Put("destination", one["DestinationPrefix"])
                .Put("gateway", Words.Address(one["NextHop"]))
                .Put("interface", one["InterfaceAlias"])
                .Put("metric", one.Whole("RouteMetric"))
                .Put("protocol", Words.Of(one["Protocol"], "2", "local", "3", "static", "4", "icmp", "13", "rip", "14", "ospf", "15", "bgp")));
        }
    }
}
