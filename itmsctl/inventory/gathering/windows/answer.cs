// The answer to a request, line by line, sealed at its end: the twin of itmsctl/inventory/endpoint/program.py.
namespace Itms
{
    public sealed class Held
    {
        public string Digest = "";
        public byte[] Packed;
    }

    public sealed class Answer
    {
        private const int PartRows = 2000;
        private const int PartBytes = 1 << 20;
        private readonly Stream output;
        private readonly SHA256 sha = SHA256.Create();
        private int lines;
        private long size;
        public long Most;
        public bool IsWhole;
        public readonly Dictionary<string, DataClass> Classes;
        public readonly Dictionary<string, Held> Asked = new Dictionary<string, Held>(StringComparer.Ordinal);
        public readonly Dictionary<string, string> Kept = new Dictionary<string, string>(StringComparer.Ordinal);

        // What is asked comes as lines: `A class digest rows`, parted by tabs; the last two may be empty.
        public Answer(Stream output, string definitions, string asked)
        {
            this.output = output;
            Classes = DataClass.Read(definitions);
            foreach (string line in asked.Split('\n'))
            {
                string[] words = line.TrimEnd('\r').Split('\t');
                if (words[0] != "A") continue;
                var held = new Held();
                held.Digest = words[2];
                try
                {
                    held.Packed = words[3] == "-" ? null : Convert.FromBase64String(words[3]);
                }
                catch (FormatException) { held.Packed = null; }
                Asked[words[1]] = held;
            }
        }

        public void Begin(string token, string at, string more)
        {
            string said = token.Length == 0 ? "null" : Json.Text(token);
            Write("{\"itms-inventory\":1,\"token\":" + said + ",\"system\":\"windows\",\"at\":" + Json.Text(at) + more + "}");
        }

        public void Unread(string name, string why)
        {
            why = Json.Plain(why);
            if (why.Length == 0) why = "nothing here tells it";
            Write(Head(name, "unread") + ",\"why\":" + Json.Text(why.Length > 500 ? why.Substring(0, 500) : why) + "}");
        }

        // Tells the rows of a class, as they differ from what is held; `why` is what of it could not be read.
        public void Tell(string name, List<Dictionary<string, object>> rows, string why)
        {
            DataClass one = Classes[name];
            var formed = new SortedDictionary<string, FormedRow>(StringComparer.Ordinal);
            foreach (Dictionary<string, object> row in Merged(one, rows))
            {
                FormedRow found = one.Form(row);
                if (found != null) formed[Hex(found.Key)] = found;
            }
            byte[] packed = Packed(formed.Values);
            string digest = Hex(DataClass.Hash(packed)).Substring(0, 32);
            Held held = Asked[name];
            string note = string.IsNullOrEmpty(why) ? "" : ",\"why\":" + Json.Text(Json.Plain(why));
            string[] said;
            string delta = IsWhole || held.Digest.Length == 0 ? null : Delta(formed, held, packed);
            if (!IsWhole && held.Digest == digest)
            {
                said = new string[] { Head(name, "same") + ",\"digest\":" + Json.Text(digest) + note + "}" };
            }
            else if (delta != null)
            {
                said = new string[] {
                    Head(name, "delta") + ",\"base\":" + Json.Text(held.Digest) + ",\"digest\":" + Json.Text(digest) + delta
                        + note + "}" };
            }
            else
            {
                said = Whole(name, formed, held, digest, note);
            }
            long more = 0;
            foreach (string line in said) more += line.Length + 1;
            if (Most > 0 && size + more > Most)
            {
                Unread(name, "no room for it: " + Most.ToString(CultureInfo.InvariantCulture) + " bytes are allowed");
                return;
            }
            foreach (string line in said) Write(line);
            Kept[name] = digest + "\t" + Convert.ToBase64String(packed);
        }

        public void End()
        {
            sha.TransformFinalBlock(new byte[0], 0, 0);
            byte[] last = Encoding.ASCII.GetBytes(
                "{\"lines\":" + lines.ToString(CultureInfo.InvariantCulture) + ",\"sha256\":\"" + Hex(sha.Hash) + "\"}\n");
            output.Write(last, 0, last.Length);
            output.Flush();
        }

        private static string Head(string name, string state)
        {
            return "{\"class\":" + Json.Text(name) + ",\"state\":\"" + state + "\"";
        }

        private string[] Whole(string name, SortedDictionary<string, FormedRow> formed, Held held, string digest, string note)
        {
            var parts = new List<List<string>>();
            var part = new List<string>();
            int length = 0;
            foreach (FormedRow row in formed.Values)
            {
                if (part.Count > 0 && (part.Count >= PartRows || length > PartBytes))
                {
                    parts.Add(part);
                    part = new List<string>();
                    length = 0;
                }
                part.Add(row.Json);
                length += row.Json.Length;
            }
            parts.Add(part);
            var said = new List<string>();
            for (int number = 0; number < parts.Count; number++)
            {
                string rows = ",\"rows\":[" + string.Join(",", parts[number].ToArray()) + "]";
                string place = parts.Count == 1 ? "" : ",\"part\":" + number.ToString(CultureInfo.InvariantCulture);
                bool isLast = number == parts.Count - 1;
                string with = held.Digest.Length == 0 ? "null" : Json.Text(held.Digest);
                said.Add(Head(name, "whole") + place
                    + (isLast ? ",\"base\":" + with + ",\"digest\":" + Json.Text(digest) + rows + note : ",\"more\":true" + rows)
                    + "}");
            }
            return said.ToArray();
        }

        // What came, changed and went against what is held; null where that was not said, or is none.
        private static string Delta(SortedDictionary<string, FormedRow> formed, Held held, byte[] packed)
        {
            if (held.Packed == null || held.Packed.Length % 16 != 0) return null;
            var before = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int place = 0; place < held.Packed.Length; place += 16)
            {
                before[Hex(held.Packed, place, 8)] = Hex(held.Packed, place + 8, 8);
            }
            var added = new List<string>();
            var changed = new List<string>();
            foreach (KeyValuePair<string, FormedRow> pair in formed)
            {
                string digest;
                if (!before.TryGetValue(pair.Key, out digest)) added.Add(pair.Value.Json);
                else if (digest != Hex(pair.Value.Digest)) changed.Add(pair.Value.Json);
                before.Remove(pair.Key);
            }
            if (added.Count + changed.Count > PartRows) return null;
            var gone = new List<long>();
            foreach (string key in before.Keys) gone.Add(unchecked((long)Convert.ToUInt64(key, 16)));
            gone.Sort();
            return ",\"added\":[" + string.Join(",", added.ToArray()) + "],\"changed\":[" + string.Join(",", changed.ToArray())
                + "],\"removed\":[" + string.Join(",", gone.ConvertAll<string>(Number).ToArray()) + "]";
        }

        private static string Number(long number)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        // Rows of several sources as one for each key: of a column the first that says something counts.
        private static IEnumerable<Dictionary<string, object>> Merged(DataClass of, List<Dictionary<string, object>> rows)
        {
            var found = new Dictionary<string, Dictionary<string, object>>(StringComparer.Ordinal);
            var order = new List<Dictionary<string, object>>();
            foreach (Dictionary<string, object> row in rows)
            {
                var parts = new List<string>();
                foreach (string name in of.Key)
                {
                    object value;
                    parts.Add(row.TryGetValue(name, out value)
                        ? Json.Trimmed(Convert.ToString(value, CultureInfo.InvariantCulture)) : "");
                }
                string key = string.Join("\n", parts.ToArray());
                Dictionary<string, object> there;
                if (!found.TryGetValue(key, out there))
                {
                    found[key] = there = new Dictionary<string, object>(StringComparer.Ordinal);
                    order.Add(there);
                }
                foreach (KeyValuePair<string, object> pair in row)
                {
                    if (pair.Value != null && !there.ContainsKey(pair.Key)) there[pair.Key] = pair.Value;
                }
            }
            return order;
        }

        private static byte[] Packed(ICollection<FormedRow> rows)
        {
            var parts = new List<string>();
            foreach (FormedRow row in rows) parts.Add(Hex(row.Key) + Hex(row.Digest));
            parts.Sort(StringComparer.Ordinal);
            var packed = new byte[16 * parts.Count];
            for (int row = 0; row < parts.Count; row++)
            {
                for (int place = 0; place < 16; place++)
                {
                    packed[16 * row + place] = Convert.ToByte(parts[row].Substring(2 * place, 2), 16);
                }
            }
            return packed;
        }

        private static string Hex(byte[] data)
        {
            return Hex(data, 0, data.Length);
        }

        private static string Hex(byte[] data, int start, int count)
        {
            return BitConverter.ToString(data, start, count).Replace("-", "").ToLowerInvariant();
        }

        private void Write(string line)
        {
            byte[] data = Encoding.ASCII.GetBytes(line + "\n");
            sha.TransformBlock(data, 0, data.Length, null, 0);
            output.Write(data, 0, data.Length);
            output.Flush();
            lines++;
            size += data.Length;
        }
    }
}
