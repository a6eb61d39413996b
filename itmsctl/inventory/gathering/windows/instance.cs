// What Windows tells of one thing, as texts by name: an instance of CIM, or a key of the registry.
namespace Itms
{
    public sealed class Instance
    {
        private readonly Dictionary<string, string> values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

        public void Set(string name, object value)
        {
            string text = TextOf(value);
            if (text != null) values[name] = text;
        }

        // Truths are TRUE and FALSE, moments as 20130813153755.000000+000, members stand in {"a","b"}: as wmic writes.
        private static string TextOf(object value)
        {
            if (value == null) return null;
            if (value is bool) return (bool)value ? "TRUE" : "FALSE";
            if (value is DateTime)
            {
                return ((DateTime)value).ToUniversalTime().ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture) + ".000000+000";
            }
            string text = value as string;
            if (text != null) return Json.Trimmed(text);
            var bytes = value as byte[];
            if (bytes != null) return null;
            var several = value as System.Collections.IEnumerable;
            if (several == null) return Convert.ToString(value, CultureInfo.InvariantCulture);
            var parts = new List<string>();
            foreach (object one in several)
            {
                string part = TextOf(one);
                if (part != null) parts.Add("\"" + part.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"");
            }
            return "{" + string.Join(",", parts.ToArray()) + "}";
        }

        public string this[string name]
        {
            get
            {
                string found;
                return values.TryGetValue(name, out found) ? found : "";
            }
        }

        public bool Has(params string[] names)
        {
            foreach (string name in names)
            {
                if (!values.ContainsKey(name)) return false;
            }
            return true;
        }

        public ICollection<string> Names { get { return values.Keys; } }

        public string Said(string name) { return Said(new string[] { name }); }

        // The first of these values that says something; null for `Default string`, zeros and the like.
        public string Said(params string[] names)
        {
            foreach (string name in names)
            {
                string found = Words.Said(this[name]);
                if (found != null) return found;
            }
            return null;
        }

        public string Or(string name, string other) { return this[name].Length > 0 ? this[name] : this[other]; }

        public object Whole(string name) { return Words.Whole(this[name]); }

        public object Truth(string name)
        {
            string text = this[name].ToUpperInvariant();
            return text == "TRUE" ? (object)true : text == "FALSE" ? (object)false : null;
        }

        public object When(string name) { return Words.When(this[name]); }

        public List<string> Members(string name) { return Words.Members(this[name]); }
    }

    public sealed class Row : Dictionary<string, object>
    {
        public Row() : base(StringComparer.Ordinal) { }

        // What says nothing is left out.
        public Row Put(string name, object value)
        {
            string text = value as string;
            var several = value as System.Collections.ICollection;
            if (value == null || (text != null && text.Length == 0) || (several != null && several.Count == 0)) return this;
            this[name] = value;
            return this;
        }
    }

    public static class Words
    {
        private static readonly Regex Nothing = new Regex(
            "^(?:not (?:specified|provided|available|present|installed|defined|set|applicable)|unknown|none|n/?a|\\(?null\\)?"
            + "|-+|to be filled by o\\.?e\\.?m\\.?|default string|<?out of spec>?|<?bad index>?|empty|no asset (?:tag|information)"
            + "|system (?:serial number|product name|manufacturer|version)|chassis serial number|0+|f+|x+|\\.+"
            + "|[0-9]*asset ?tag ?[0-9]*|o\\.?e\\.?m\\.?|unset|undefined|invalid|no module installed)$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
        private static readonly Regex Number = new Regex("-?[0-9]+");
        private static readonly Regex Dmtf = new Regex("^([0-9]{14})\\.[0-9]{6}([+-])([0-9]{3})$");
        private static readonly Regex Eight = new Regex("^([0-9]{4})([0-9]{2})([0-9]{2})");
        private static readonly Regex Quoted = new Regex("\"((?:[^\"\\\\]|\\\\.)*)\"");

        public static string Said(string text)
        {
            string plain = Regex.Replace(text ?? "", "\\s+", " ").Trim();
            return plain.Length == 0 || Nothing.IsMatch(plain) ? null : plain;
        }

        public static object Whole(string text)
        {
            Match found = Number.Match(text ?? "");
            return found.Success && found.Length < 19 ? (object)long.Parse(found.Value, CultureInfo.InvariantCulture) : null;
        }

        public static object When(string text)
        {
            Match found = Dmtf.Match(text ?? "");
            DateTime moment;
            if (!found.Success || !DateTime.TryParseExact(
                found.Groups[1].Value, "yyyyMMddHHmmss", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment)) return null;
            int minutes = int.Parse(found.Groups[3].Value, CultureInfo.InvariantCulture);
            try
            {
                return moment.AddMinutes(found.Groups[2].Value == "+" ? -minutes : minutes);
            }
            catch (ArgumentOutOfRangeException) { return null; }
        }

        public static string Day(string text)
        {
            Match found = Eight.Match(text ?? "");
            return found.Success ? found.Groups[1].Value + "-" + found.Groups[2].Value + "-" + found.Groups[3].Value : null;
        }

        // A day as installers write it: 20130813.
        public static object DayAt(string text)
        {
            DateTime moment;
            return DateTime.TryParseExact((text ?? "").Trim(), "yyyyMMdd", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment) ? (object)moment : null;
        }

        public static List<string> Members(string text)
        {
            var found = new List<string>();
            if (text.StartsWith("{"))
            {
                foreach (Match one in Quoted.Matches(text))
                {
                    if (one.Groups[1].Length > 0) found.Add(Regex.Replace(one.Groups[1].Value, "\\\\(.)", "$1"));
                }
            }
            else if (text.Length > 0) found.Add(text);
            return found;
        }

        public static string Mac(string text)
        {
            string digits = Regex.Replace((text ?? "").Trim().ToLowerInvariant(), "[:-]", "");
            if (!Regex.IsMatch(digits, "^[0-9a-f]{12,40}$") || Regex.IsMatch(digits, "^0+$")) return null;
            return Regex.Replace(digits, "(..)(?!$)", "$1:");
        }

        public static string Address(string text)
        {
            string found = Json.Address(text ?? "");
            return found == null || found == "0.0.0.0" || found == "::" ? null : found;
        }

        public static List<string> Addresses(IEnumerable<string> texts)
        {
            var found = new List<string>();
            foreach (string text in texts)
            {
                string one = Address(text);
                if (one != null) found.Add(one);
            }
            return found;
        }

        public static object MaskLength(string mask)
        {
            if (mask.IndexOf('.') < 0) return Whole(mask);
            uint bits = 0;
            foreach (string part in mask.Split('.'))
            {
                byte one;
                if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out one)) return null;
                bits = bits << 8 | one;
            }
            int length = 0;
            while (length < 32 && (bits & 0x80000000u >> length) != 0) length++;
            return length == 32 || bits << length == 0 ? (object)(long)length : null;
        }

        public static object Shifted(object number, int places)
        {
            return number is long && (long)number > 0 ? (object)((long)number >> places) : null;
        }

        public static string Of(string key, params string[] pairs)
        {
            for (int place = 0; place + 1 < pairs.Length; place += 2)
            {
                if (pairs[place] == key) return pairs[place + 1];
            }
            return null;
        }
    }
}
