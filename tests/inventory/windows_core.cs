// Runs the core of the Windows edition here: what PowerShell reads there comes as files.
namespace Itms
{
    public static class Trial
    {
        private static string Read(string path)
        {
            return File.ReadAllText(path, Encoding.UTF8);
        }

        // instances FOLDER DEFINITIONS ASKED WHOLE TOKEN AT: answers as the script does, sources are files of the folder.
        // rows FILE DEFINITIONS ASKED: tells rows, each value as its column, its kind, and its text in UTF-16 units.
        public static int Main(string[] words)
        {
            Stream output = Console.OpenStandardOutput();
            var answer = new Answer(output, Read(words[2]), Read(words[3]));
            if (words[0] == "rows")
            {
                answer.Begin("t", "2026-01-01T00:00:00Z", "");
                foreach (string name in new List<string>(answer.Asked.Keys)) answer.Tell(name, Rows(Read(words[1])), "");
                answer.End();
                return 0;
            }
            answer.IsWhole = words[4] == "1";
            answer.Begin(words[5], words[6], "");
            var machine = new Machine();
            foreach (string name in new List<string>(answer.Asked.Keys))
            {
                if (name == "recency") continue;
                foreach (string source in machine.Wanted(name))
                {
                    string file = Path.Combine(words[1], source.Replace('/', '_').Replace(' ', '-'));
                    if (File.Exists(file)) machine.Add(source, Instances(Read(file)));
                    else machine.Fail(source, "nothing of that name is there");
                }
                machine.Tell(answer, name, 0);
            }
            if (answer.Asked.ContainsKey("recency")) machine.Recency(answer);
            answer.End();
            return 0;
        }

        private static List<Instance> Instances(string text)
        {
            var found = new List<Instance>();
            foreach (string block in text.Split(new string[] { "\n\n" }, StringSplitOptions.RemoveEmptyEntries))
            {
                var one = new Instance();
                foreach (string line in block.Split('\n'))
                {
                    int apart = line.IndexOf('=');
                    if (apart > 0) one.Set(line.Substring(0, apart), line.Substring(apart + 1));
                }
                found.Add(one);
            }
            return found;
        }

        private static List<Dictionary<string, object>> Rows(string text)
        {
            var found = new List<Dictionary<string, object>>();
            foreach (string block in text.Split(new string[] { "\n\n" }, StringSplitOptions.RemoveEmptyEntries))
            {
                var row = new Dictionary<string, object>();
                foreach (string line in block.Split('\n'))
                {
                    string[] words = line.Split('\t');
                    if (words.Length < 3) continue;
                    var texts = new List<string>();
                    for (int place = 2; place < words.Length; place++) texts.Add(Units(words[place]));
                    row[words[0]] = Value(words[1], texts);
                }
                found.Add(row);
            }
            return found;
        }

        private static object Value(string kind, List<string> texts)
        {
            switch (kind)
            {
                case "int": return long.Parse(texts[0], CultureInfo.InvariantCulture);
                case "real": return double.Parse(texts[0], CultureInfo.InvariantCulture);
                case "bool": return texts[0] == "True";
                case "list": return texts.GetRange(1, texts.Count - 1);
                case "map":
                    var map = new Dictionary<string, string>();
                    for (int place = 1; place < texts.Count; place += 2) map[texts[place]] = texts[place + 1];
                    return map;
            }
            return texts[0];
        }

        private static string Units(string hex)
        {
            var found = new StringBuilder();
            for (int place = 0; place + 4 <= hex.Length; place += 4)
            {
                found.Append((char)Convert.ToInt32(hex.Substring(place, 4), 16));
            }
            return found.ToString();
        }
    }
}
