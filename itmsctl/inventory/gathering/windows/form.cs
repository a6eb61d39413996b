// The one form of a row, its key and its digest: the twin of itmsctl/inventory/canonical.py and forming.py, in C# 5.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Itms
{
    public sealed class Column
    {
        public string Name;
        public string Type;
        public bool IsVolatile;
        public bool IsOrdered;
        public bool IsShared;
    }

    public sealed class FormedRow
    {
        public byte[] Key;
        public byte[] Digest;
        public string Json;
    }

    public sealed class DataClass
    {
        public string Name;
        public string[] Key;
        public List<Column> Columns = new List<Column>();

        // Definitions come as lines: `C name key,key`, then `F column type signs`, parted by tabs.
        public static Dictionary<string, DataClass> Read(string text)
        {
            var found = new Dictionary<string, DataClass>(StringComparer.Ordinal);
            DataClass one = null;
            foreach (string line in text.Split('\n'))
            {
                string[] words = line.TrimEnd('\r').Split('\t');
                if (words[0] == "C")
                {
                    one = new DataClass();
                    one.Name = words[1];
                    one.Key = words[2].Length == 0 ? new string[0] : words[2].Split(',');
                    found[one.Name] = one;
                }
                else if (words[0] == "F")
                {
                    var column = new Column();
                    column.Name = words[1];
                    column.Type = words[2];
                    column.IsVolatile = words[3].IndexOf('v') >= 0;
                    column.IsOrdered = words[3].IndexOf('o') >= 0;
                    column.IsShared = words[3].IndexOf('s') >= 0;
                    one.Columns.Add(column);
                }
            }
            return found;
        }

        // A row that says nothing, or nothing of its key, has no form.
        public FormedRow Form(IDictionary<string, object> row)
        {
            var said = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (Column column in Columns)
            {
                object value;
                if (!row.TryGetValue(column.Name, out value)) continue;
                string json = Json.Value(column, value);
                if (json != null) said[column.Name] = json;
            }
            if (said.Count == 0) return null;
            var formed = new FormedRow();
            formed.Key = new byte[8];
            if (Key.Length > 0)
            {
                var parts = new List<string>();
                bool isKnown = false;
                foreach (string name in Key)
                {
                    string part;
                    bool has = said.TryGetValue(name, out part);
                    isKnown = isKnown || has;
                    parts.Add(has ? part : "null");
                }
                if (!isKnown) return null;
                formed.Key = First8(Hash("[" + string.Join(",", parts.ToArray()) + "]"));
            }
            bool isShared = Columns.Exists(delegate(Column column) { return column.IsShared; });
            if (isShared)
            {
                byte[] shared = Hash(Stable(said, true, true));
                byte[] own = Encoding.ASCII.GetBytes(Stable(said, true, false));
                var both = new byte[shared.Length + own.Length];
                shared.CopyTo(both, 0);
                own.CopyTo(both, shared.Length);
                formed.Digest = First8(Hash(both));
            }
            else
            {
                formed.Digest = First8(Hash(Stable(said, false, false)));
            }
            var all = new List<string>();
            foreach (Column column in Columns)
            {
                if (said.ContainsKey(column.Name)) all.Add(Json.Text(column.Name) + ":" + said[column.Name]);
            }
            formed.Json = "{" + string.Join(",", all.ToArray()) + "}";
            return formed;
        }

        private string Stable(Dictionary<string, string> said, bool isParted, bool isShared)
        {
            var names = new List<string>();
            foreach (Column column in Columns)
            {
                if (column.IsVolatile || (isParted && column.IsShared != isShared)) continue;
                if (said.ContainsKey(column.Name)) names.Add(column.Name);
            }
            names.Sort(StringComparer.Ordinal);
            var parts = new List<string>();
            foreach (string name in names) parts.Add(Json.Text(name) + ":" + said[name]);
            return "{" + string.Join(",", parts.ToArray()) + "}";
        }

        public static byte[] Hash(string text)
        {
            return Hash(Encoding.ASCII.GetBytes(text));
        }

        public static byte[] Hash(byte[] data)
        {
            using (SHA256 sha = SHA256.Create()) return sha.ComputeHash(data);
        }

        private static byte[] First8(byte[] data)
        {
            var found = new byte[8];
            Array.Copy(data, found, 8);
            return found;
        }
    }

    // Values in their one form, as JSON; null for what says nothing or is not of its type.
    public static class Json
    {
        private const int Longest = 65536;
        private static readonly Regex Moment = new Regex(
            "^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?Z?)?$");

        public static string Value(Column column, object value)
        {
            if (value == null) return null;
            string plain = value as string;
            switch (column.Type)
            {
                case "text":
                case "version":
                    plain = Plain(TextOf(value));
                    return plain.Length == 0 ? null : Text(plain);
                case "int":
                    return Whole(value);
                case "real":
                case "duration":
                    return Real(value);
                case "bool":
                    return Truth(value);
                case "time":
                    return Time(value);
                case "guid":
                    Guid guid;
                    return plain != null && Guid.TryParse(plain.Trim(), out guid) ? Text(guid.ToString("D")) : null;
                case "address":
                    plain = plain == null ? null : Address(plain);
                    return plain == null ? null : Text(plain);
                case "prefix":
                    plain = plain == null ? null : Prefix(plain);
                    return plain == null ? null : Text(plain);
                case "list":
                    return Members(value, column.IsOrdered);
                case "map":
                    return Pairs(value as IDictionary<string, string>);
            }
            return null;
        }

        private static string TextOf(object value)
        {
            if (value is bool) return (bool)value ? "true" : "false";
            return Convert.ToString(value, CultureInfo.InvariantCulture);
        }

        private static string Whole(object value)
        {
            long number;
            string plain = value as string;
            if (plain != null)
            {
                return long.TryParse(Plain(plain), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)
                    && number > long.MinValue ? number.ToString(CultureInfo.InvariantCulture) : null;
            }
            if (value is bool) return null;
            try
            {
                number = Convert.ToInt64(value, CultureInfo.InvariantCulture);
            }
            catch (OverflowException) { return null; }
            catch (InvalidCastException) { return null; }
            return number > long.MinValue ? number.ToString(CultureInfo.InvariantCulture) : null;
        }

        // A whole number has one zero behind its point; others are as short as they can be and still the same.
        private static string Real(object value)
        {
            double number;
            string plain = value as string;
            if (plain != null)
            {
                if (!double.TryParse(Plain(plain), NumberStyles.Float, CultureInfo.InvariantCulture, out number)) return null;
            }
            else
            {
                if (value is bool) return null;
                number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            }
            if (double.IsNaN(number) || double.IsInfinity(number)) return null;
            if (number == 0) return "0.0";
            if (Math.Abs(number) < 1e16 && number == Math.Floor(number))
            {
                return ((long)number).ToString(CultureInfo.InvariantCulture) + ".0";
            }
            string text = null;
            for (int digits = 1; digits <= 17; digits++)
            {
                text = number.ToString("G" + digits, CultureInfo.InvariantCulture);
                if (double.Parse(text, CultureInfo.InvariantCulture) == number) break;
            }
            return text.Replace("E", "e");
        }

        private static string Truth(object value)
        {
            if (value is bool) return (bool)value ? "true" : "false";
            switch (Plain(TextOf(value)).ToLowerInvariant())
            {
                case "true": case "yes": case "1": return "true";
                case "false": case "no": case "0": return "false";
            }
            return null;
        }

        private static string Time(object value)
        {
            DateTime moment;
            if (value is DateTime)
            {
                moment = ((DateTime)value).ToUniversalTime();
            }
            else
            {
                string plain = value as string;
                Match found = plain == null ? null : Moment.Match(Plain(plain));
                if (found == null || !found.Success) return null;
                var parts = new int[6];
                for (int part = 0; part < 6; part++)
                {
                    string digits = found.Groups[part + 1].Value;
                    parts[part] = digits.Length == 0 ? 0 : int.Parse(digits, CultureInfo.InvariantCulture);
                }
                try
                {
                    moment = new DateTime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], DateTimeKind.Utc);
                }
                catch (ArgumentOutOfRangeException) { return null; }
            }
            return Text(moment.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture) + ".000000Z");
        }

        public static string Address(string text)
        {
            string bare = Trimmed(text);
            if (bare.StartsWith("[") && bare.EndsWith("]")) bare = bare.Substring(1, bare.Length - 2);
            int zone = bare.IndexOf('%');
            if (zone >= 0) bare = bare.Substring(0, zone);
            bool isFour = bare.IndexOf(':') < 0;
            if (isFour && !Regex.IsMatch(bare, "^(0|[1-9][0-9]{0,2})([.](0|[1-9][0-9]{0,2})){3}$")) return null;
            IPAddress found;
            if (!IPAddress.TryParse(bare, out found)) return null;
            byte[] data = found.GetAddressBytes();
            if (data.Length == 4) return found.ToString();
            bool isMapped = data[10] == 0xff && data[11] == 0xff;
            for (int place = 0; place < 10; place++) isMapped = isMapped && data[place] == 0;
            if (isMapped) return data[12] + "." + data[13] + "." + data[14] + "." + data[15];
            return Six(data);
        }

        // The longest run of at least two groups of zeros is the gap; of equal ones the first.
        private static string Six(byte[] data)
        {
            int best = -1, longest = 1;
            for (int start = 0; start < 8; start++)
            {
                int length = 0;
                while (start + length < 8 && data[2 * (start + length)] == 0 && data[2 * (start + length) + 1] == 0) length++;
                if (length > longest) { best = start; longest = length; }
            }
            var text = new StringBuilder();
            for (int group = 0; group < 8; group++)
            {
                if (group == best)
                {
                    text.Append("::");
                    group += longest - 1;
                    continue;
                }
                if (text.Length > 0 && text[text.Length - 1] != ':') text.Append(':');
                text.Append((data[2 * group] << 8 | data[2 * group + 1]).ToString("x", CultureInfo.InvariantCulture));
            }
            return text.ToString();
        }

        private static string Prefix(string text)
        {
            string[] parts = Trimmed(text).Split('/');
            int length;
            string address = Address(parts[0]);
            if (address == null || parts[0].IndexOf('%') >= 0) return null;
            byte[] data = IPAddress.Parse(parts[0]).GetAddressBytes();
            if (parts.Length == 1) length = 8 * data.Length;
            else if (parts.Length > 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out length)) return null;
            if (length > 8 * data.Length) return null;
            for (int bit = length; bit < 8 * data.Length; bit++)
            {
                if ((data[bit / 8] >> (7 - bit % 8) & 1) != 0) return null;
            }
            if (data.Length == 16 && address.IndexOf(':') < 0)
            {
                if (length < 96) return null;
                length -= 96;
            }
            return address + "/" + length.ToString(CultureInfo.InvariantCulture);
        }

        private static string Members(object value, bool isOrdered)
        {
            var given = new List<string>();
            string one = value as string;
            var several = value as IEnumerable<string>;
            if (one != null) given.Add(one);
            else if (several != null) given.AddRange(several);
            else return null;
            var kept = new List<string>();
            foreach (string member in given)
            {
                string plain = member == null ? "" : Plain(member);
                if (plain.Length > 0 && !kept.Contains(plain)) kept.Add(plain);
            }
            if (kept.Count == 0) return null;
            if (!isOrdered) kept.Sort(ByPoints);
            var parts = new List<string>();
            foreach (string member in kept) parts.Add(Text(member));
            return "[" + string.Join(",", parts.ToArray()) + "]";
        }

        private static string Pairs(IDictionary<string, string> value)
        {
            if (value == null) return null;
            var kept = new SortedDictionary<string, string>(Comparer<string>.Create(ByPoints));
            foreach (KeyValuePair<string, string> pair in value)
            {
                string key = Plain(pair.Key), said = pair.Value == null ? "" : Plain(pair.Value);
                if (key.Length > 0 && said.Length > 0) kept[key] = said;
            }
            var parts = new List<string>();
            foreach (KeyValuePair<string, string> pair in kept) parts.Add(Text(pair.Key) + ":" + Text(pair.Value));
            return parts.Count == 0 ? null : "{" + string.Join(",", parts.ToArray()) + "}";
        }

        // By code points, as Python sorts: the halves of a pair come after all that stands alone.
        public static int ByPoints(string one, string other)
        {
            return string.CompareOrdinal(Points(one), Points(other));
        }

        private static string Points(string text)
        {
            var found = new StringBuilder();
            for (int place = 0; place < text.Length; place++)
            {
                int code = char.IsHighSurrogate(text[place]) && place + 1 < text.Length
                    ? char.ConvertToUtf32(text, place++) : text[place];
                found.Append((char)(code >> 12)).Append((char)(code & 0xfff));
            }
            return found.ToString();
        }

        public static string Plain(string text)
        {
            bool isPlain = text.Length <= Longest;
            foreach (char one in text) isPlain = isPlain && one < 0x80 && one != 0;
            if (isPlain) return Trimmed(text);
            var clean = new StringBuilder(text.Length);
            for (int place = 0; place < text.Length; place++)
            {
                char one = text[place];
                if (char.IsHighSurrogate(one) && place + 1 < text.Length && char.IsLowSurrogate(text[place + 1]))
                {
                    clean.Append(one).Append(text[++place]);
                }
                else if (char.IsSurrogate(one)) clean.Append('\ufffd');
                else clean.Append(one);
            }
            string found = clean.ToString();
            try
            {
                found = found.Normalize(NormalizationForm.FormC);
            }
            catch (ArgumentException) { }
            found = Trimmed(found).Replace('\0', '\u2400');
            int end = 0, count = 0;
            while (end < found.Length && count < Longest)
            {
                end += char.IsHighSurrogate(found[end]) ? 2 : 1;
                count++;
            }
            if (end < found.Length) found = found.Substring(0, end) + "...(cut)";
            return Trimmed(found).Trim('\u2400').Length == 0 ? "" : found;
        }

        private static bool IsBlank(char one)
        {
            return one >= 9 && one <= 13 || one >= 28 && one <= 32 || one == 0x85 || one == 0xa0 || one == 0x1680
                || one >= 0x2000 && one <= 0x200a || one == 0x2028 || one == 0x2029 || one == 0x202f || one == 0x205f
                || one == 0x3000;
        }

        public static string Trimmed(string text)
        {
            int start = 0, end = text.Length;
            while (start < end && IsBlank(text[start])) start++;
            while (end > start && IsBlank(text[end - 1])) end--;
            return text.Substring(start, end - start);
        }

        public static string Text(string text)
        {
            var found = new StringBuilder(text.Length + 2).Append('"');
            foreach (char one in text)
            {
                switch (one)
                {
                    case '"': found.Append("\\\""); break;
                    case '\\': found.Append("\\\\"); break;
                    case '\n': found.Append("\\n"); break;
                    case '\r': found.Append("\\r"); break;
                    case '\t': found.Append("\\t"); break;
                    case '\f': found.Append("\\f"); break;
                    case '\b': found.Append("\\b"); break;
                    default:
                        if (one >= ' ' && one <= '~') found.Append(one);
                        else found.Append("\\u").Append(((int)one).ToString("x4", CultureInfo.InvariantCulture));
                        break;
                }
            }
            return found.Append('"').ToString();
        }
    }
}
