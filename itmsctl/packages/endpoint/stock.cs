// Packages on Windows: the cache of an endpoint (take what is missing, check all, make it visible as a whole), and a
// program run from the very files that were checked a moment before. C# 5 with no library but System.
//
// DIGEST holds the files of one package, DIGEST.sums the list of them, DIGEST.used when it last ran; what is on its way
// stands in .part-DIGEST and is renamed whole. Windows lets nobody else into the profile of who logs in.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;

public class ItmsStock
{
    const int Piece = 4194304;
    const int Refused = 97;
    readonly IDictionary<string, string> options;
    readonly string top, folder, part;
    readonly SortedDictionary<string, string> wanted = new SortedDictionary<string, string>(StringComparer.Ordinal);
    readonly List<string[]> pieces = new List<string[]>();
    readonly List<string> lacks = new List<string>();
    readonly List<string> odd = new List<string>();
    readonly StringBuilder said = new StringBuilder();
    string list = "";

    public ItmsStock(IDictionary<string, string> options)
    {
        this.options = options;
        top = options["base"];
        folder = Path.Combine(top, options["digest"]);
        part = Path.Combine(top, ".part-" + options["digest"]);
    }

    protected virtual ProcessStartInfo Shell(string command)
    {
        return new ProcessStartInfo("cmd.exe", "/D /S /C \"" + command + "\"");
    }

    protected virtual void Restart()
    {
        Process.Start("shutdown.exe", "/r /t 5 /d p:4:1");
    }

    // --- the cache ------------------------------------------------------------------------------------------------------

    // Takes lines: L a line of the list, P one of the digests of pieces, D where what follows belongs, B bytes of it.
    public int Stock(string data)
    {
        try { Stocked(data); }
        catch (IOException error) { Say("TORN " + error.Message); }
        catch (UnauthorizedAccessException error) { Say("UNFIT " + error.Message); }
        catch (FormatException error) { Say("TORN " + error.Message); }
        var told = Encoding.UTF8.GetBytes(said.ToString());
        var output = Console.OpenStandardOutput();
        output.Write(told, 0, told.Length);
        output.Flush();
        return 0;
    }

    void Stocked(string data)
    {
        Directory.CreateDirectory(top);
        using (var locked = Lock())
        {
            if (locked == null) { Say("BUSY another push of this package is at work there"); return; }
            var lines = data.Split('\n');
            int at = ReadLists(lines);
            if (Digest(new MemoryStream(Encoding.UTF8.GetBytes(list))) != options["list"])
            {
                Say("TORN the list of its files is another one");
                return;
            }
            if (Directory.Exists(folder) && IsWhole()) return;
            if (!Directory.Exists(At("f")) && !HasRoom()) return;
            Directory.CreateDirectory(At("f"));
            Take(lines, at);
            if (options["last"] == "yes") Judge();
            else Say("TOOK");
        }
    }

    FileStream Lock()
    {
        for (int turn = 0; turn < 50; turn++)
        {
            try
            {
                var path = Path.Combine(top, ".lock-" + options["digest"]);
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) { Thread.Sleep(200); }
        }
        return null;
    }

    int ReadLists(string[] lines)
    {
        for (int at = 0; at < lines.Length; at++)
        {
            if (lines[at].Length < 2 || lines[at][0] == '#') continue;
            var kind = lines[at][0];
            if (kind != 'L' && kind != 'P') return at;
            var line = Encoding.UTF8.GetString(Convert.FromBase64String(lines[at].Substring(2).Trim()));
            if (kind == 'P') { pieces.Add(line.Split(new[] { ' ' }, 3)); continue; }
            list += line + "\n";
            Want(line);
        }
        return lines.Length;
    }

    void Want(string line)
    {
        wanted[line.Substring(66)] = line.Substring(0, 64);
    }

    bool IsWhole()
    {
        Compare(folder);
        if (lacks.Count == 0 && odd.Count == 0) { Say("WHOLE " + folder); return true; }
        // It is not what it should be: it is not visible any more, and what holds is kept.
        if (Directory.Exists(At("f"))) Directory.Delete(At("f"), true);
        Directory.CreateDirectory(part);
        Directory.Move(folder, At("f"));
        File.Delete(folder + ".sums");
        return false;
    }

    bool HasRoom()
    {
        long free = new DriveInfo(Path.GetPathRoot(top)).AvailableFreeSpace / 1024;
        if (free >= long.Parse(options["need"])) return true;
        Say("NOROOM " + free + " KiB are free in " + top + ", " + options["need"] + " are needed");
        return false;
    }

    void Take(string[] lines, int at)
    {
        FileStream file = null;
        try
        {
            for (; at < lines.Length; at++)
            {
                if (lines[at].Length < 2 || lines[at][0] == '#') continue;
                var word = lines[at].Substring(2).Trim();
                if (lines[at][0] == 'B')
                {
                    if (file == null) throw new FormatException("bytes belong nowhere");
                    var data = Convert.FromBase64String(word);
                    file.Write(data, 0, data.Length);
                    continue;
                }
                if (file != null) file.Close();
                file = null;
                file = Open(word.Split(' '));
            }
            if (file != null) file.Flush(true);
        }
        finally { if (file != null) file.Close(); }
    }

    FileStream Open(string[] words)
    {
        var path = Encoding.UTF8.GetString(Convert.FromBase64String(words[2]));
        if (!wanted.ContainsKey(path)) throw new FormatException("nobody knows " + path);
        var place = Below(At("f"), path);
        Directory.CreateDirectory(Path.GetDirectoryName(place));
        var file = new FileStream(place, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        if (file.Length > long.Parse(words[1])) file.SetLength(long.Parse(words[1]));
        file.Seek(long.Parse(words[0]), SeekOrigin.Begin);
        return file;
    }

    void Judge()
    {
        Compare(At("f"));
        foreach (var path in odd) Remove(Below(At("f"), path));
        if (lacks.Count > 0) { Lack(); return; }
        File.WriteAllText(At("list"), list, new UTF8Encoding(false));
        File.Delete(folder + ".sums");
        File.Move(At("list"), folder + ".sums");
        Directory.Move(At("f"), folder);
        Directory.Delete(part, true);
        Say("STORED " + folder);
    }

    void Lack()
    {
        foreach (var path in lacks) Say("lack " + path);
        foreach (var one in pieces)
        {
            var path = one[2].TrimEnd('/');
            var place = Below(At("f"), path);
            if (lacks.BinarySearch(path, StringComparer.Ordinal) < 0 || !File.Exists(place)) continue;
            if (PieceDigest(place, long.Parse(one[1])) == one[0]) Say("have " + one[1] + " " + path);
        }
        Say("SHORT");
    }

    // `lacks` are paths that are missing or wrong in a folder, `odd` what nobody knows there.
    void Compare(string place)
    {
        lacks.Clear();
        odd.Clear();
        var found = new Dictionary<string, bool>();
        Walk(place, ".", found);
        foreach (var pair in wanted) if (!found.ContainsKey(pair.Key)) lacks.Add(pair.Key);
    }

    void Walk(string place, string inside, Dictionary<string, bool> found)
    {
        foreach (var entry in new DirectoryInfo(place).GetFileSystemInfos())
        {
            var path = inside + "/" + entry.Name;
            bool isFolder = (entry.Attributes & FileAttributes.Directory) != 0;
            string want;
            if ((entry.Attributes & FileAttributes.ReparsePoint) != 0) odd.Add(path);
            else if (isFolder) Walk(entry.FullName, path, found);
            else if (!wanted.TryGetValue(path, out want)) odd.Add(path);
            else if (FileDigest(entry.FullName) == want) found[path] = true;
        }
    }

    // --- a program ------------------------------------------------------------------------------------------------------

    // Runs a command line in the folder of the package; returns its exit code, or 97 where it was not run.
    public int Run()
    {
        var why = WhyNot();
        if (why != "")
        {
            Console.Error.Write("itms: PKG-HASH-MISMATCH " + why + "\n");
            return Refused;
        }
        File.WriteAllText(folder + ".used", "");
        var how = Shell(Encoding.UTF8.GetString(Convert.FromBase64String(options["command"])));
        how.UseShellExecute = false;
        how.CreateNoWindow = true;
        how.WorkingDirectory = folder;
        how.RedirectStandardInput = how.RedirectStandardOutput = how.RedirectStandardError = true;
        how.EnvironmentVariables["ITMS_PACKAGE_FOLDER"] = folder;
        int code;
        using (var program = Process.Start(how))
        {
            program.StandardInput.Close();
            var output = Pump(program.StandardOutput.BaseStream, Console.OpenStandardOutput());
            var errors = Pump(program.StandardError.BaseStream, Console.OpenStandardError());
            program.WaitForExit();
            code = program.ExitCode;
            output.Join(1000);
            errors.Join(1000);
        }
        try { Sweep(); }
        catch (IOException) { }
        catch (UnauthorizedAccessException) { }
        if (Array.IndexOf(options["reboots"].Split(' '), code.ToString()) >= 0) Restart();
        return code;
    }

    string WhyNot()
    {
        if (!Directory.Exists(folder) || !File.Exists(folder + ".sums")) return "the package is not in the cache any more";
        list = File.ReadAllText(folder + ".sums", Encoding.UTF8);
        if (Digest(new MemoryStream(Encoding.UTF8.GetBytes(list))) != options["list"]) return "the list of its files is another one";
        foreach (var line in list.Split('\n')) if (line.Length > 66) Want(line);
        Compare(folder);
        if (lacks.Count > 0) return "want and got differ: " + lacks[0];
        return odd.Count > 0 ? "nobody knows " + odd[0] : "";
    }

    static Thread Pump(Stream from, Stream to)
    {
        var thread = new Thread(() =>
        {
            var data = new byte[65536];
            int count;
            try { while ((count = from.Read(data, 0, data.Length)) > 0) { to.Write(data, 0, count); to.Flush(); } }
            catch (IOException) { }
            catch (ObjectDisposedException) { }
        });
        thread.IsBackground = true;
        thread.Start();
        return thread;
    }

    // Removes what has not been used for so many minutes; this one at once where nothing is kept.
    void Sweep()
    {
        if (options["keep"] == "-") return;
        double keep = double.Parse(options["keep"]);
        if (keep == 0) { Drop(options["digest"]); return; }
        foreach (var used in Directory.GetFiles(top, "*.used"))
        {
            var name = Path.GetFileNameWithoutExtension(used);
            if (name != options["digest"] && (DateTime.UtcNow - File.GetLastWriteTimeUtc(used)).TotalMinutes > keep) Drop(name);
        }
    }

    void Drop(string name)
    {
        var place = Path.Combine(top, name);
        Remove(place);
        Remove(Path.Combine(top, ".part-" + name));
        Remove(Path.Combine(top, ".lock-" + name));
        Remove(place + ".sums");
        Remove(place + ".used");
    }

    // --- small things ---------------------------------------------------------------------------------------------------

    string At(string name)
    {
        return Path.Combine(part, name);
    }

    static string Below(string place, string path)
    {
        return Path.Combine(place, path.Substring(2).Replace('/', Path.DirectorySeparatorChar));
    }

    static void Remove(string place)
    {
        if (File.Exists(place)) { File.Delete(place); return; }
        if (!Directory.Exists(place)) return;
        bool isLink = (File.GetAttributes(place) & FileAttributes.ReparsePoint) != 0;
        Directory.Delete(place, !isLink);
    }

    static string FileDigest(string path)
    {
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read)) return Digest(file);
    }

    static string PieceDigest(string path, long number)
    {
        var data = new byte[Piece];
        int length = 0, count;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
        {
            file.Seek(number * Piece, SeekOrigin.Begin);
            while (length < Piece && (count = file.Read(data, length, Piece - length)) > 0) length += count;
        }
        return Digest(new MemoryStream(data, 0, length));
    }

    static string Digest(Stream from)
    {
        using (var made = SHA256.Create())
            return BitConverter.ToString(made.ComputeHash(from)).Replace("-", "").ToLowerInvariant();
    }

    void Say(string line)
    {
        said.Append(line.Replace('\r', ' ').Replace('\n', ' ')).Append('\n');
    }
}
